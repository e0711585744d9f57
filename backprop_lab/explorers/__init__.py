"""Explorers: figures with sliders that live in the plain page, in Jupyter, and without scripts.

`bl.explore(f, …)` makes one for a function of your own; the others belong to the chapters.
"""

from backprop_lab.explorers.controls import Button, Choice, Hidden, Slider, Switch
from backprop_lab.explorers.cost import layer_cost
from backprop_lab.explorers.elementwise import elementwise_map
from backprop_lab.explorers.explorer import Explorer
from backprop_lab.explorers.formulas import Term
from backprop_lab.explorers.general import explore
from backprop_lab.explorers.jacobian import jacobian_map
from backprop_lab.explorers.jacobian_circle import jacobian_circle
from backprop_lab.explorers.neuron import neuron
from backprop_lab.explorers.path_count import path_count
from backprop_lab.explorers.paths import by_paths, nine_edges, two_ways
from backprop_lab.explorers.scene import Curve, Number, Scene, either, number

__all__ = [
    "Button",
    "Choice",
    "Curve",
    "Explorer",
    "Hidden",
    "Number",
    "Scene",
    "Slider",
    "Switch",
    "Term",
    "by_paths",
    "either",
    "elementwise_map",
    "explore",
    "jacobian_circle",
    "jacobian_map",
    "layer_cost",
    "neuron",
    "nine_edges",
    "number",
    "path_count",
    "two_ways",
]
