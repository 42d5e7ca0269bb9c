"""The one door inwards: an HTTP/1.1 server that hands each request to a handler as an Exchange."""

from drawbridge.ingress.connection import Handler
from drawbridge.ingress.errors import BadRequest, CallerLeftError, CallerTimeout, IngressError, TooLarge
from drawbridge.ingress.exchange import Exchange
from drawbridge.ingress.limits import IngressLimits
from drawbridge.ingress.reply_head import Headers
from drawbridge.ingress.server import Server
from drawbridge.ingress.shares import Shares, mark_away, shares_file

__all__ = [
    "BadRequest",
    "CallerLeftError",
    "CallerTimeout",
    "Exchange",
    "Handler",
    "Headers",
    "IngressError",
    "IngressLimits",
    "Server",
    "Shares",
    "TooLarge",
    "mark_away",
    "shares_file",
]
