"""A whole epoch on a GPU, which asks the CPU nothing in between.

A step is some fifty operations of a few microseconds each, and to be asked for each takes longer
than to do it. So the GPU records one step, as a CUDA graph, and plays it again for every batch; it
counts the batches itself.
"""

import contextlib

import torch

WARM_UP = 3  # steps before one is recorded; the libraries set themselves up in them


class Epochs:
    """A walk through the batches of an epoch, to hand to train(..., epoch=this).

    alike: whether all steps are the same, and ask Python and the CPU's random numbers for nothing:
    then one is recorded. A CPU does the same, unrecorded.
    """

    def __init__(self, alike=True):
        self.alike, self.steps, self.step = alike, 0, None

    def __call__(self, state, take):
        """Train to the end of the epoch; both losses of each batch that was left, as numbers."""
        if self.step is None:
            self._prepare(state, take)
        first = state.batch
        seed = int(torch.randint(2**63 - 1, (), generator=state.random))
        with self._own_stream():
            self.z.normal_(generator=torch.Generator(self.z.device).manual_seed(seed))
            self.order.copy_(state.order)
            self.batch.fill_(first)
            for batch in range(first, len(self.order) // self.size):
                state.batch = batch
                if self.alike and self.steps == WARM_UP and self.stream:
                    self.step = self._recorded()
                self.step()
                self.steps += 1
            rest = slice(len(self.order) // self.size * self.size, None)
            if len(self.order[rest]):
                state.batch = len(self.losses) - 1
                self.losses[-1] = torch.stack(take(self.order[rest], self.z[rest]))
            state.epoch, state.batch = state.epoch + 1, 0
            return self.losses[first:].tolist()

    def _prepare(self, state, take):
        config, count = state.config, len(state.order)
        device = next(state.generator.parameters()).device
        self.take, self.size, self.step = take, config.batch_size, self._whole_batch
        self.order = torch.empty(count, dtype=torch.long, device=device)
        self.z = torch.empty(count, config.latent_dim, device=device)
        self.losses = torch.empty(-(-count // self.size), 2, device=device)
        self.batch = torch.zeros(1, dtype=torch.long, device=device)  # the next one
        self.within = torch.arange(self.size, device=device)
        self.stream = torch.cuda.Stream(device) if self.z.is_cuda else None

    def _whole_batch(self):
        places = self.batch * self.size + self.within
        self.losses[self.batch] = torch.stack(self.take(self.order[places], self.z[places]))
        self.batch += 1

    def _recorded(self):
        """A function that plays one step again."""
        graph = torch.cuda.CUDAGraph()
        # Other threads of a notebook may go on with what they do.
        with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            self._whole_batch()
        return graph.replay

    @contextlib.contextmanager
    def _own_stream(self):
        """Work in a queue of its own, as recording needs, after what is under way."""
        if self.stream is None:
            yield
        else:
            self.stream.wait_stream(torch.cuda.current_stream(self.stream.device))
            with torch.cuda.stream(self.stream):
                yield
