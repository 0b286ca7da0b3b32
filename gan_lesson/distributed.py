"""Several processes train one GAN: torchrun starts them, DistributedDataParallel joins their work.

All hold the same networks and the same random numbers. Each draws the same batch, takes its own
shard of it, and uses the mean of all gradients: N processes make the steps that one would make.
Batch norm alone differs: each process sees the statistics of its own shard, and the run keeps those
of rank 0.
"""

import contextlib
import copy
import math
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from gan_lesson.config import SettingError


class OtherProcessFailed(Exception):
    """Another process cannot go on; it is the one to say why."""


class ProcessLost(Exception):
    """Another process is gone without a word."""


def shard(rows, rank, world_size):
    """The rows of a batch (N, ...) that process `rank` takes: every world_size-th.

    All take equally many, so that the mean of their means is the mean of the batch. Where N does
    not divide, the first rows come twice, as in torch's DistributedSampler. At least two rows,
    which batch norm needs.
    """
    each = max(2, math.ceil(len(rows) / world_size))
    return rows[torch.arange(rank, each * world_size, world_size) % len(rows)]


def join():
    """The processes that torchrun started with this one; Alone where it did not."""
    return Processes() if "TORCHELASTIC_RUN_ID" in os.environ else Alone()


class Alone:
    """The only process. What Processes does with others, it does at once or not at all."""

    rank, world_size, local_rank, local_world_size = 0, 1, 0, 1
    alone = True
    begun = None
    restarts = asked = False

    @property
    def stopping(self):
        return self.asked

    def barrier(self):
        return contextlib.nullcontext()

    def broadcast(self, value):
        return value

    def reports(self):
        return True

    def begin(self, folder):
        pass

    def leave(self):
        pass


class Processes:
    """This process among those that torchrun started, on one host or on several.

    rank: its number among all `world_size`; local_rank: its number among the `local_world_size` of
    its host. Each host counts its restarts by itself, so torchrun's --max-restarts is for one host.
    """

    alone = False

    def __init__(self):
        self.local_rank = int(os.environ["LOCAL_RANK"])
        self.local_world_size = int(os.environ["LOCAL_WORLD_SIZE"])
        attempt, allowed = (
            os.environ[f"TORCHELASTIC_{name}"] for name in ("RESTART_COUNT", "MAX_RESTARTS")
        )
        self.restarts = int(attempt) < int(allowed)
        self.store, self.rank, self.world_size = next(dist.rendezvous("env://"))
        # torchrun's store outlives a restart: the addresses in it are those of one attempt.
        self.attempt = dist.PrefixStore(attempt, self.store)
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        dist.init_process_group(
            backend, store=self.attempt, rank=self.rank, world_size=self.world_size
        )
        self.asked = self.stopping = False  # asked: this one should stop; stopping: all will

    def together(self, steps, state):
        """`steps`, as train() takes them, on this process's shard, with the gradients of all.

        Each step also settles whether all stop after it: where one was asked to.
        """
        if state.config.batch_size % self.world_size:
            raise SettingError(
                "batch_size",
                state.config.batch_size,
                f"行程數 {self.world_size} 的倍數",
                f"a multiple of the {self.world_size} processes",
            )
        with _collective():
            generator = DistributedDataParallel(state.generator)
            discriminator = DistributedDataParallel(state.discriminator)

        def steps_of_all(state, *batch):
            joined = copy.copy(state)
            joined.generator, joined.discriminator = generator, discriminator
            with _collective():
                own = (shard(rows, self.rank, self.world_size) for rows in batch)
                loss_d, loss_g = steps(joined, *own)
                loss_d, loss_g, asked = self._sum(loss_d, loss_g, self.asked)
            self.stopping = asked > 0
            return loss_d / self.world_size, loss_g / self.world_size

        return steps_of_all

    @contextlib.contextmanager
    def barrier(self):
        """All leave this block in order, or none: OtherProcessFailed where another one did not."""
        failed = True
        try:
            yield
            failed = False
        finally:
            with _collective():
                (failures,) = self._sum(failed)
        if failures:
            raise OtherProcessFailed

    def broadcast(self, value):
        """The value of rank 0."""
        box = [value]
        with _collective():
            dist.broadcast_object_list(box, src=0)
        return box[0]

    def reports(self):
        """Whether this process is the one that reports an error: the first that meets it."""
        try:
            return self.attempt.add("told", 1) == 1
        except RuntimeError:  # torchrun is gone, and its store with it
            return True

    def begin(self, folder):
        """Note the run's folder, for a restart."""
        self.store.set("folder", str(folder))

    @property
    def begun(self):
        """The folder that a run was kept in before torchrun started it again, or None."""
        return self.store.get("folder").decode() if self.store.check(["folder"]) else None

    def leave(self):
        dist.destroy_process_group()

    def _sum(self, *numbers):
        numbers = torch.tensor(numbers, dtype=torch.float64)
        dist.all_reduce(numbers)
        return numbers


@contextlib.contextmanager
def _collective():
    """A collective operation: ProcessLost where a process does not answer any more."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise ProcessLost from error
        raise
