"""Prints the mean of some numbers, and which numpy it was that computed it."""

import os

import numpy
from tools.numbers import NUMBERS

task = f"{os.environ['XL_ROLE']} {os.environ['XL_INDEX']}"
greeting = os.environ["GREETING"]
print(f"{task} {greeting}: mean {numpy.mean(NUMBERS)} by numpy {numpy.__version__}")
