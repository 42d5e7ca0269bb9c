"""One organisation that cannot be read keeps no other from what is new."""

import asyncio

import pytest

from drawbridge.core.ids import OrganisationId
from drawbridge.gateway.refresh import Refresher, SourceAwayError
from drawbridge.gateway.snapshot import KeyCache, OrganisationSnapshot, Rights, Snapshots
from tests.gateway.test_refresh import ALLOWED
from tests.gateway.vault import OURS, THEIRS, Vault


async def test_an_organisation_whose_rights_cannot_be_read_holds_up_no_other() -> None:
    vault, snapshots = OursUnreadable(rules=ALLOWED), Snapshots()
    vault.change(OURS)
    vault.change(THEIRS)
    refresher = Refresher(vault, snapshots, KeyCache(), poll_s=3600, told=asyncio.Event())
    await refresher.renew_keys()

    for _ in range(2):
        with pytest.raises(SourceAwayError):
            await refresher.renew_rights()
    await refresher.load_snapshots()

    assert snapshots.get(THEIRS) is not None
    assert snapshots.get(OURS) is None


class OursUnreadable(Vault):
    """A vault that never tells the rights of one organisation."""

    async def rights(self, organisation_id: OrganisationId) -> Rights:
        if organisation_id == OURS:
            raise SourceAwayError("a row that nobody can read")
        return await Vault.rights(self, organisation_id)


async def test_an_organisation_that_cannot_be_loaded_holds_up_no_other() -> None:
    vault, snapshots = OursUnloadable(rules=ALLOWED), Snapshots()
    vault.change(OURS)
    vault.change(THEIRS)
    refresher = Refresher(vault, snapshots, KeyCache(), poll_s=3600, told=asyncio.Event())
    await refresher.renew_keys()
    await refresher.renew_rights()

    for _ in range(2):
        with pytest.raises(ValueError, match="nobody can read"):
            await refresher.load_snapshots()

    assert snapshots.get(THEIRS) is not None
    assert snapshots.get(OURS) is None


class OursUnloadable(Vault):
    """A vault that never gives the snapshot of one organisation."""

    async def load(self, organisation_id: OrganisationId, revision: int) -> OrganisationSnapshot:
        if organisation_id == OURS:
            raise ValueError("a row that nobody can read")
        return await Vault.load(self, organisation_id, revision)
