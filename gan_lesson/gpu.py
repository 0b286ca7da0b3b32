"""A whole epoch on a GPU, which asks the CPU nothing in between.

A step is some fifty operations of a few microseconds each, and to be asked for each takes longer
than to do it. So the GPU records one step, as a CUDA graph, and plays it again for every batch; it
counts the batches itself. What cannot be recorded is asked for operation by operation.
"""

import contextlib
import math

import torch

KINDS = ("cuda",)  # the devices that train in this way
WARM_UP = 3  # steps before one is recorded; the libraries set themselves up in them


class Epochs:
    """Called, it trains to the end of the epoch that a TrainingState is in.

    take: a function of (chosen (N,), z (N, latent_dim)) that trains on the images of those numbers
    and returns both losses. count: how many images there are. A CPU does the same, unrecorded.
    """

    def __init__(self, state, take, count, device):
        config = state.config
        self.state, self.take, self.size = state, take, config.batch_size
        self.order = torch.empty(count, dtype=torch.long, device=device)
        self.z = torch.empty(count, config.latent_dim, device=device)
        self.losses = torch.empty(-(-count // self.size), 2, device=device)
        self.batch = torch.zeros(1, dtype=torch.long, device=device)  # the next one
        self.within = torch.arange(self.size, device=device)
        self.stream = torch.cuda.Stream(device) if self.z.is_cuda else None
        self.steps, self.step = 0, self._whole_batch

    def __call__(self):
        """Both losses of each batch that was left, as pairs of numbers."""
        state, first = self.state, self.state.batch
        seed = int(torch.randint(2**63 - 1, (), generator=state.random))
        with self._own_stream():
            self.z.normal_(generator=torch.Generator(self.z.device).manual_seed(seed))
            self.order.copy_(state.order)
            self.batch.fill_(first)
            for batch in range(first, len(self.order) // self.size):
                state.batch = batch
                if self.steps == WARM_UP and self.stream:
                    self.step = self._recorded()
                self.step()
                self.steps += 1
            rest = slice(len(self.order) // self.size * self.size, None)
            if len(self.order[rest]):
                state.batch = len(self.losses) - 1
                self.losses[-1] = torch.stack(self.take(self.order[rest], self.z[rest]))
            state.epoch, state.batch = state.epoch + 1, 0
            try:
                return self.losses[first:].tolist()
            except RuntimeError as error:  # binary_cross_entropy refuses a probability that is NaN
                if "device-side assert" not in str(error):
                    raise
                return [(math.nan, math.nan)]

    def _whole_batch(self):
        places = self.batch * self.size + self.within
        self.losses[self.batch] = torch.stack(self.take(self.order[places], self.z[places]))
        self.batch += 1

    def _recorded(self):
        """A function that plays one step again, or takes it anew where it cannot be recorded."""
        graph, state = torch.cuda.CUDAGraph(), self.state
        batch, random = state.batch, state.random.get_state()
        state.batch = None  # a step that asks which batch it is in is not always the same
        try:
            # Other threads of a notebook may go on with what they do.
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                self._whole_batch()
            return graph.replay
        except (RuntimeError, TypeError):
            return self._whole_batch
        finally:
            state.batch = batch
            state.random.set_state(random)

    @contextlib.contextmanager
    def _own_stream(self):
        """Work in a queue of its own, as recording needs, after what is under way."""
        if self.stream is None:
            yield
        else:
            self.stream.wait_stream(torch.cuda.current_stream(self.stream.device))
            with torch.cuda.stream(self.stream):
                yield
