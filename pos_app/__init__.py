"""The till: the point-of-sale terminal of the Perx loyalty platform."""

__version__ = "0.1.0"
