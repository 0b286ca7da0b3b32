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
            for batch in range(first, len(self.rows)):
                state.batch = batch
                if self.alike and self.steps == WARM_UP and self.stream:
                    self.step = self._recorded()
                self.step()
                self.steps += 1
            rest = slice(self.rows.numel(), None)
            if len(self.order[rest]):
                state.batch = len(self.losses) - 1
                self.losses[-1] = torch.stack(take(self.order[rest], self.z[rest]))
            state.epoch, state.batch = state.epoch + 1, 0
            return self.losses[first:].tolist()

    def _prepare(self, state, take):
        config, count, size = state.config, len(state.order), state.config.batch_size
        device = next(state.generator.parameters()).device
        self.take, self.step = take, self._whole_batch
        self.order = torch.empty(count, dtype=torch.long, device=device)
        self.z = torch.empty(count, config.latent_dim, device=device)
        whole = slice(count // size * size)
        self.rows = self.order[whole].view(-1, size)  # one for each whole batch
        self.noise = self.z[whole].view(-1, size, config.latent_dim)
        self.losses = torch.empty(-(-count // size), 2, device=device)
        self.batch = torch.zeros(1, dtype=torch.long, device=device)  # the next one
        self.stream = torch.cuda.Stream(device) if self.z.is_cuda else None

    def _whole_batch(self):
        losses = self.take(self.rows[self.batch][0], self.noise[self.batch][0])
        self.losses[self.batch] = torch.stack(losses)
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
