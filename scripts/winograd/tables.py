"""Finds the matrices of the transform-domain convolutions, all or those named, and prints them as in
native/core/kernels/winograd_tables.h:

    python3 scripts/winograd/tables.py [stride1_tile …]     (needs NumPy, takes a minute or two)

Another build of NumPy may round the last digits otherwise. A table that is in use stays as it is: runs of before are to
resume bit for bit.

In one dimension a convolution is a sum y[k] = sum of T[t, x, k] g[t] x[x] with T in {0, 1}. If T is a sum of R products,
T[t, x, k] = sum over p of K[p, t] I[p, x] O[p, k], then y = O^T ((I x) * (K g)) needs R multiplications. Winograd gets such a sum
from polynomials, which for many outputs amplify rounding greatly. Here T is decomposed numerically: of the decompositions
into R products, gradient steps with a weight decay that fades away find one with small factors, and it is they that amplify
rounding. A stride of 2 splits taps and inputs by parity; both parities are decomposed together, with one O.
"""

import sys

import numpy as np

TAPS = 5


def padding_before(stride: int) -> int:
    """Of Keras's padding `same`, for even sizes at a stride of 2."""
    return 2 if stride == 1 else 1


class Axis:
    """`outputs` of a convolution: all that there are, with Keras's padding `same`, or a tile of them, whose inputs all exist."""

    def __init__(self, stride: int, outputs: int, tile: bool):
        self.stride, self.outputs = stride, outputs
        self.size = stride * (outputs - 1) + TAPS if tile else stride * outputs
        self.before = 0 if tile else padding_before(stride)

    def planes(self) -> list[np.ndarray]:
        """T for each parity of the taps (one, for a stride of 1): [taps, inputs, outputs]."""
        whole = np.zeros((TAPS, self.size, self.outputs))
        for t in range(TAPS):
            for k in range(self.outputs):
                if 0 <= self.stride * k + t - self.before < self.size:
                    whole[t, self.stride * k + t - self.before, k] = 1
        return [whole[j :: self.stride, (j - self.before) % self.stride :: self.stride] for j in range(self.stride)]


class Problem:
    """All factors as one vector: O [outputs, positions], then K and I of each plane, which uses the first columns of O."""

    def __init__(self, targets: list[np.ndarray], products: tuple[int, ...]):
        self.targets, self.products = targets, products
        self.shapes = [(targets[0].shape[2], max(products))]
        for target, count in zip(targets, products):
            self.shapes += [(target.shape[0], count), (target.shape[1], count)]
        self.ends = np.cumsum([rows * columns for rows, columns in self.shapes])

    def factors(self, v: np.ndarray) -> list[np.ndarray]:
        return [part.reshape(shape) for part, shape in zip(np.split(v, self.ends[:-1]), self.shapes)]

    def plane_factors(self, v: np.ndarray):
        o, *rest = self.factors(v)
        for count, k, i in zip(self.products, rest[::2], rest[1::2]):
            yield k, i, o[:, :count]

    def residual(self, v: np.ndarray) -> np.ndarray:
        sums = [np.einsum("tp,xp,kp->txk", *factors) for factors in self.plane_factors(v)]
        return np.concatenate([(found - target).ravel() for found, target in zip(sums, self.targets)])

    def jacobian(self, v: np.ndarray) -> np.ndarray:
        blocks = []
        for plane, (k, i, o) in enumerate(self.plane_factors(v)):
            columns = [np.zeros((k.shape[0], i.shape[0], o.shape[0], *shape)) for shape in self.shapes]
            for t in range(k.shape[0]):
                columns[1 + 2 * plane][t, :, :, t] = np.einsum("xp,kp->xkp", i, o)
            for x in range(i.shape[0]):
                columns[2 + 2 * plane][:, x, :, x] = np.einsum("tp,kp->tkp", k, o)
            for y in range(o.shape[0]):
                columns[0][:, :, y, y, : o.shape[1]] = np.einsum("tp,xp->txp", k, i)
            count = self.targets[plane].size
            blocks.append(np.concatenate([column.reshape(count, -1) for column in columns], axis=1))
        return np.concatenate(blocks)

    def amplification(self, v: np.ndarray) -> float:
        """How much rounding of the transformed values is amplified, squared: one axis; two multiply."""
        return sum(
            ((k**2).sum(0) * (i**2).sum(0) * (o**2).sum(0)).sum() for k, i, o in self.plane_factors(v)
        )


def decompose(problem: Problem, seed: int, steps: int = 600) -> np.ndarray | None:
    """Levenberg-Marquardt from a random start. Returns the factors, or None where it ends without an exact sum."""
    v = np.random.default_rng(seed).standard_normal(problem.ends[-1])
    decay, damping = 0.1, 1.0
    residual = problem.residual(v)
    cost = residual @ residual + decay * (v @ v)
    for _ in range(steps):
        jacobian = problem.jacobian(v)
        gradient = jacobian.T @ residual + decay * v
        hessian = jacobian.T @ jacobian
        for _ in range(8):
            next_v = v - np.linalg.solve(hessian + (damping + decay) * np.eye(len(v)), gradient)
            next_residual = problem.residual(next_v)
            next_cost = next_residual @ next_residual + decay * (next_v @ next_v)
            if next_cost < cost:
                break
            damping *= 4
        else:
            if decay < 1e-15:
                return None
            decay, damping = decay / 10, 1e-3
            cost = residual @ residual + decay * (v @ v)
            continue
        slow = cost - next_cost < 1e-4 * cost
        v, residual, damping = next_v, next_residual, max(damping / 3, 1e-12)
        decay *= 0.3 if slow else 1
        cost = residual @ residual + decay * (v @ v)
        if residual @ residual < 1e-25:
            return v
    return None


def best(problem: Problem, starts: int) -> np.ndarray:
    found = [decompose(problem, seed) for seed in range(starts)]
    return min((v for v in found if v is not None), key=problem.amplification)


def matrices(problem: Problem, v: np.ndarray, axis: Axis):
    """Kernel [R, taps], input [R, size] and output [positions, outputs] of the axis, and the position of each product."""
    kernel, inputs, output_of = [], [], []
    for plane, (k, i, o) in enumerate(problem.plane_factors(v)):
        for p in range(k.shape[1]):
            row = np.zeros(TAPS)
            row[plane :: axis.stride] = k[:, p]
            kernel.append(row)
            row = np.zeros(axis.size)
            row[(plane - axis.before) % axis.stride :: axis.stride] = i[:, p]
            inputs.append(row)
            output_of.append(p)
    return kernel, inputs, problem.factors(v)[0].T, output_of


def literal(matrix) -> str:
    # Nine digits tell any two float32 values apart.
    number = lambda x: "0" if x == 0 else f"{x:.9g}f" if "." in f"{x:.9g}" else f"{x:.9g}.f"
    return "{{" + ",\n".join("{" + ", ".join(number(x) for x in row) + "}" for row in matrix) + "}}"


HEADER = """#pragma once

#include "winograd_axis.h"

// Written by scripts/winograd/tables.py, and then by clang-format.

namespace dcgan {
"""

AXES = [
    ("stride1", "Stride 1, 7 to 7", Axis(1, 7, tile=False), (12,), 60),
    ("stride2", "Stride 2, 14 to 7: the fewest products", Axis(2, 7, tile=False), (9, 8), 80),
    ("stride2_accurate", "Stride 2, 14 to 7: more products, which amplify rounding less", Axis(2, 7, tile=False), (10, 10), 20),
    ("stride1_tile", "Stride 1, a tile of 4: the fewest products", Axis(1, 4, tile=True), (8,), 20),
    ("stride1_tile_accurate", "Stride 1, a tile of 4: more products, which amplify rounding less", Axis(1, 4, tile=True), (10,), 20),
    ("stride2_tile", "Stride 2, a tile of 4: the fewest products", Axis(2, 4, tile=True), (6, 5), 20),
    ("stride2_tile_accurate", "Stride 2, a tile of 4: more products, which amplify rounding less", Axis(2, 4, tile=True), (7, 6), 20),
]


def main() -> None:
    print(HEADER)
    for name, title, axis, products, starts in AXES:
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        problem = Problem(axis.planes(), products)
        v = best(problem, starts)
        kernel, inputs, output, output_of = matrices(problem, v, axis)
        direct = sum(target.sum() for target in problem.targets)
        total = sum(products)
        print(
            f"/** {title}: {total} products an axis. In two dimensions a rounding of the transformed values is amplified\n"
            f" * {problem.amplification(v) / direct:.3g} times as much as by a direct convolution. */\n"
            f"inline constexpr WinogradAxis<{axis.stride}, {axis.size}, {axis.outputs}, {total}, {max(products)}> winograd_axis_{name} = {{\n"
            f".input = {literal(inputs)},\n.output = {literal(output)},\n.kernel = {literal(kernel)},\n"
            f".output_of = {{{', '.join(map(str, output_of))}}}}};\n"
        )
    print("}  // namespace dcgan")


if __name__ == "__main__":
    main()
