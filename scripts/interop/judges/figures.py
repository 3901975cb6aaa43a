"""Figures of features by other programs: `figures.py INPUTS OUTPUTS DIMS`.

FID by SciPy's matrix square root, precision, recall, density and coverage by the package of who proposed the last two, KID by
the formula of torch-fidelity (its `mmd2`, unbiased, over all features), written out because that package does not load
beside every version of torch.
"""

import contextlib
import io
import sys

import numpy as np
import scipy
from prdc import compute_prdc

import exchange

inputs, outputs, dims = sys.argv[1], sys.argv[2], int(sys.argv[3])
real = exchange.read(inputs, "real", -1, dims).astype(np.float64)
drawn = exchange.read(inputs, "drawn", -1, dims).astype(np.float64)

covariances = [np.cov(features, rowvar=False) for features in (real, drawn)]
root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
apart = real.mean(0) - drawn.mean(0)
fid = apart @ apart + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * np.trace(root).real


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / dims + 1) ** 3


def without_diagonal(x: np.ndarray) -> float:
    return (x.sum() - np.trace(x)) / (len(x) * (len(x) - 1))


kid = without_diagonal(kernel(real, real)) + without_diagonal(kernel(drawn, drawn)) - 2 * kernel(real, drawn).mean()

# It prints how many images there are.
with contextlib.redirect_stdout(io.StringIO()):
    others = compute_prdc(real_features=real, fake_features=drawn, nearest_k=5)

figures = [fid, kid, *(others[name] for name in ("precision", "recall", "density", "coverage"))]
np.asarray(figures, np.float64).tofile(f"{outputs}/figures.f64")
print(f"scipy {scipy.__version__}, prdc {exchange.version('prdc')}")
