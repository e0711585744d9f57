"""Every static figure of the book: one function a figure, and no number typed by hand.

A function here runs the engine, draws what came out, and returns a `Figure`: an SVG that follows
the page's light or dark theme, a PNG where SVG is refused, and the same in words (`fig.alt`).
Primal values are blue, cotangents orange, local derivatives green, and none of them by colour
alone. A figure is 360 points wide, so that its smallest type is 9 px on a phone of 360 px.

>>> import backprop_lab as bl
>>> bl.draw.two_paths().alt.splitlines()[-1]
'Sum over the paths from t: 12 + 3 = 15.'
"""

from backprop_lab.draw.curves import activation_slopes, loss_over_w
from backprop_lab.draw.figure import Figure
from backprop_lab.draw.graphs import graph, network_shapes, two_paths
from backprop_lab.draw.matrices import jacobian_map, jacobian_maps

__all__ = [
    "Figure",
    "activation_slopes",
    "graph",
    "jacobian_map",
    "jacobian_maps",
    "loss_over_w",
    "network_shapes",
    "two_paths",
]
