"""How a number is written: the same digits from Python and from the browser."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def written(value: float, digits: int = 4) -> str:
    """Write a number with at most `digits` significant digits, no zeros at the end.

    What is no number is "not defined". Halves are rounded away from zero, as in the browser.

    >>> written(-1 / 16), written(2 / 3), written(1234567.0), written(1e-7), written(float("nan"))
    ('−0.0625', '0.6667', '1.235·10⁶', '10⁻⁷', 'not defined')
    """
    value = float(value)
    if not math.isfinite(value):
        return "not defined"
    if abs(value) < 1e-300:
        return "0"
    magnitude = abs(value)
    power = math.floor(math.log10(magnitude))
    if -4 <= power < max(digits, 5):
        text = _fixed(magnitude, max(0, digits - 1 - power))
    else:
        mantissa = _fixed(magnitude / 10.0**power, digits - 1)
        if mantissa == "10":
            mantissa, power = "1", power + 1
        exponent = "10" + str(power).translate(_SUPERSCRIPTS)
        text = exponent if mantissa == "1" else f"{mantissa}·{exponent}"
    return ("−" if value < 0 else "") + text


def _fixed(magnitude: float, decimals: int) -> str:
    places = Decimal(1).scaleb(-decimals)
    text = f"{Decimal(magnitude).quantize(places, rounding=ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
