"""The link from a matrix to training with it, on images that it is for."""

from pages.kit import cached
from pages.kit.links import link_to
from riskcore.jobs.pairing import data_for


def train_link(name: str) -> bool:
    """A link that carries data set and matrix; False where no registered data set has the classes of the saved one."""
    fitting = data_for(cached.workspace(), name)
    if fitting:
        link_to("train", "Train with it", train_data=fitting[0], train_matrix=name)
    return bool(fitting)
