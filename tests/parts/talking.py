"""Somebody who talks in a real browser, with a site whose answers a test writes."""

import re
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from playwright._impl._async_base import AsyncEventInfo
from playwright.async_api import Locator, Page, Response, expect

from tests.parts.browsing import Watched
from tests.parts.written_site import WrittenSite


@dataclass(frozen=True, slots=True)
class Talk:
    """A browser in which somebody talks, and the site that answers."""

    site: WrittenSite
    watched: Watched

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def answers(self) -> Locator:
        return self.page.get_by_role("article", name=re.compile("Answer of"))

    async def ask(self, question: str) -> UUID:
        """Ask on whatever page is open, and return the run that is to answer."""
        await self.page.get_by_role("textbox", name="Write a message").fill(question)
        await expect(self.page.get_by_role("button", name="Send")).to_be_enabled()
        async with self.begun() as turn:
            await self.page.keyboard.press("Enter")
        return await run_of(turn)

    def begun(self) -> AbstractAsyncContextManager[AsyncEventInfo[Response]]:
        """Wait for the answer to a turn, which names its run."""
        return self.page.expect_response(re.compile("/(turns|regenerate)$"))

    async def say(self, question: str, answer: str) -> None:
        """Ask, and have it answered."""
        run = await self.ask(question)
        await self.site.grow(run, answer)
        await self.site.finish(run, answer)
        await self.ended()

    async def ended(self) -> None:
        await expect(self.page.get_by_role("button", name="Send")).to_be_visible()
        await expect(self.answers.last.get_by_role("button", name="Answer again")).to_be_visible()


async def run_of(turn: AsyncEventInfo[Response]) -> UUID:
    """Return the run that a turn began."""
    reply = await turn.value
    return UUID((await reply.json())["run_id"])
