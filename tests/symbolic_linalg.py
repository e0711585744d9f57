"""Cases of linear algebra and Fourier transforms for `test_symbolic`: name, function, shapes."""

from __future__ import annotations

import numpy as np

M, S, V = (2, 2), (2, 2, 2), (2,)
UNIT = 3.0 * np.eye(2)
TILT = np.array([[2.0, 0.5], [1.0, 3.0], [0.25, 1.0]])

CASES = {
    "inv": (lambda a: np.linalg.inv(a + UNIT) * a, M),
    "inv of a stack": (lambda a: np.linalg.inv(a + UNIT), S),
    "det": (lambda a: np.linalg.det(a) * a, M),
    "det of a stack": (lambda a: np.linalg.det(a @ a + UNIT), S),
    "solve": (lambda a, b: np.linalg.solve(a + UNIT, b), M, V),
    "solve for a matrix": (lambda a, b: np.linalg.solve(a + UNIT, b) ** 2, M, M),
    "pinv": (lambda a: np.linalg.pinv(TILT + a[0]), M),
    "pinv of a wide matrix": (lambda a: np.linalg.pinv(TILT.T + a[:, :1]), M),
    "cholesky": (lambda a: np.linalg.cholesky(a + 2 * UNIT), M),
    "cholesky upper": (lambda a: np.linalg.cholesky(a + 2 * UNIT, upper=True) ** 2, S),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, 3) + np.linalg.matrix_power(a, 0), M),
    "matrix_power negative": (lambda a: np.linalg.matrix_power(a + UNIT, -2), S),
    "tensorinv": (lambda a: np.linalg.tensorinv(np.reshape(a + UNIT, (2, 2, 1)), ind=1), M),
    "tensorsolve": (lambda a, b: np.linalg.tensorsolve(a + UNIT, b), M, V),
    "tensorsolve axes": (lambda a, b: np.linalg.tensorsolve(a + UNIT, b, axes=(0,)), M, V),
    "norm": (lambda a: np.linalg.norm(a) * np.linalg.norm(a, axis=0), M),
    "norm fro": (lambda a: np.linalg.norm(a, "fro", (1, 2), keepdims=True) * a, S),
    "norm of order 1": (lambda a: np.linalg.norm(a, 1, -1) * np.linalg.norm(a[0], 1), M),
    "norm of order 3": (lambda a: np.linalg.norm(a, 3, 0) * np.linalg.norm(a[0], 0), M),
    "norm inf": (lambda a: np.linalg.norm(a, np.inf, 0) + np.linalg.norm(a[1], -np.inf), M),
    "norm of matrices": (lambda a: np.linalg.norm(a, 1) * np.linalg.norm(a, -np.inf), M),
    "vector_norm": (lambda a: np.linalg.vector_norm(a) * np.linalg.vector_norm(a, axis=1), M),
    "vector_norm of order 1": (lambda a: np.linalg.vector_norm(a, ord=1, axis=(0, 2)), S),
    "matrix_norm": (lambda a: np.linalg.matrix_norm(a) * np.linalg.matrix_norm(a, ord=1), S),
    "real imag": (lambda a: np.real(a * 1j + a) + np.imag(np.exp((0.5 + 1j) * a)), M),
    "real imag conjugate": (lambda a: np.imag(np.conjugate((a + 1j) ** 2)), M),
    "angle": (lambda a: np.angle(a + 3.0 + 1j) + np.angle(3.0 + 1j * a, deg=True), V),
    "modulus": (lambda a: np.abs(a + 1j) ** 3, V),
    "fft": (lambda v: np.abs(np.fft.fft(v)) ** 2, (3,)),
    "fft ortho": (lambda a: np.real(np.fft.fft(a, 4, 0, "ortho") * (1 + 2j)), M),
    "ifft": (lambda v: np.imag(np.fft.ifft(v * 1j + v[::-1], 4)), (3,)),
    "ifft forward": (lambda v: np.real(np.fft.ifft(v, norm="forward")), (4,)),
    "rfft": (lambda v: np.imag(np.fft.rfft(v)) + np.real(np.fft.rfft(v * v)), (4,)),
    "irfft": (lambda v: np.fft.irfft(v + 1j * v * v), (3,)),
    "irfft odd": (lambda v: np.fft.irfft(v * (1 + 1j), 5, norm="ortho"), (3,)),
    "hfft": (lambda v: np.fft.hfft(v * (2 + 1j), 5), (3,)),
    "ihfft": (lambda v: np.imag(np.fft.ihfft(v * v)), (4,)),
    "fftn ifftn": (lambda a: np.real(np.fft.ifftn(np.fft.fftn(a) ** 2)), M),
    "fftn of given lengths": (lambda a: np.imag(np.fft.fftn(a, (4, 2), (0, 1))), M),
    "fft2 ifft2": (lambda a: np.imag(np.fft.fft2(a)) + np.real(np.fft.ifft2(a * 1j + a)), (2, 4)),
    "rfftn": (lambda a: np.imag(np.fft.rfftn(a, norm="forward")), (2, 3)),
    "rfft2 irfft2": (lambda a: np.fft.irfft2(np.fft.rfft2(a) * (1 + 1j)), (2, 4)),
    "irfftn": (lambda a: np.fft.irfftn(a * (1 + 2j)), (2, 3)),
    "fftshift": (lambda a: np.fft.fftshift(a) * a, (2, 3)),
    "ifftshift": (lambda a: np.fft.ifftshift(a, 1) * a, (2, 3)),
}
