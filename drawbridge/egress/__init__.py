"""The one door outwards: every outgoing HTTP connection of every product goes through here.

Public names: `Door` (what a product asks for), `PoolDoor` and `ProxyingDoor` (what the composition root gives), the
request, deadlines and reply that pass through it, and the errors it raises; `LineDoor` for text that nobody answers,
`MailDoor` for e-mail; `ListedHosts` for those in private networks.
"""

from drawbridge.egress.addresses import refusal_reason
from drawbridge.egress.door import Deadlines, Door, IncomingReply, OutgoingRequest, RawHeaders
from drawbridge.egress.errors import (
    AddressRefused,
    BrokenReply,
    ConnectFailed,
    EgressError,
    Stage,
    Timeout,
    TooLarge,
    Unsendable,
)
from drawbridge.egress.lines import LineDoor, OutgoingText
from drawbridge.egress.listed import ListedHosts
from drawbridge.egress.mail import MailDoor, MailServer, OutgoingMail, mail_server
from drawbridge.egress.pool import PoolDoor
from drawbridge.egress.proxy import Proxy, ProxyingDoor

__all__ = [
    "AddressRefused",
    "BrokenReply",
    "ConnectFailed",
    "Deadlines",
    "Door",
    "EgressError",
    "IncomingReply",
    "LineDoor",
    "ListedHosts",
    "MailDoor",
    "MailServer",
    "OutgoingMail",
    "OutgoingRequest",
    "OutgoingText",
    "PoolDoor",
    "Proxy",
    "ProxyingDoor",
    "RawHeaders",
    "Stage",
    "Timeout",
    "TooLarge",
    "Unsendable",
    "mail_server",
    "refusal_reason",
]
