"""Mail to a real server on the loopback."""

import pytest

from drawbridge.egress import MailDoor, MailServer, OutgoingMail, mail_server
from drawbridge.egress.errors import ConnectFailed
from tests.usage.budgets.mailbox import mailbox

_MAIL = OutgoingMail("ana@example.com", "A subject", "A text with ümlauts", "<1@drawbridge>")


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with mailbox() as box:
        await MailDoor(mail_server(f"smtp://127.0.0.1:{box.port}"), "drawbridge@example.com").send(_MAIL)

    [mail] = box.mails
    assert box.recipients == ["ana@example.com"]
    assert (mail["Subject"], mail["Message-ID"], mail.get_content().strip()) == (
        "A subject",
        "<1@drawbridge>",
        "A text with ümlauts",
    )


async def test_a_password_does_not_go_to_a_server_without_tls() -> None:
    async with mailbox() as box:
        with pytest.raises(ConnectFailed, match="a password does not go without"):
            await MailDoor(mail_server(f"smtp://me:secret@127.0.0.1:{box.port}"), "a@example.com").send(_MAIL)

    assert box.mails == []


async def test_a_server_that_refuses_or_is_not_there_is_an_error_with_its_name() -> None:
    async with mailbox(1) as box:
        door = MailDoor(mail_server(f"smtp://127.0.0.1:{box.port}"), "drawbridge@example.com")
        with pytest.raises(ConnectFailed, match=f"127.0.0.1:{box.port} did not take a mail.*later"):
            await door.send(_MAIL)

    with pytest.raises(ConnectFailed, match="did not take a mail"):
        await door.send(_MAIL)


def test_the_server_is_read_from_its_url_with_what_is_usual() -> None:
    assert mail_server("smtps://me%40here:a%2Fb@mail.example.com") == MailServer(
        "mail.example.com", 465, True, "me@here", "a/b"
    )
    assert mail_server("smtp://mail.example.com:25") == MailServer("mail.example.com", 25, False)
    assert "a/b" not in repr(mail_server("smtps://me:a%2Fb@mail.example.com"))
