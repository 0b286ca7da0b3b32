"""Six applications of GANs, one module each, small enough to train while a class watches."""
