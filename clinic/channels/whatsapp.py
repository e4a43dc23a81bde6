"""WhatsApp: what its error codes mean, and how many messages one person gets.

Source: Meta, WhatsApp Cloud API error codes, and its general Graph API codes.
"""

from clinic.channels.channel import ChannelRules, Meaning

WHATSAPP = ChannelRules(
    name="whatsapp",
    meanings={
        **dict.fromkeys((4, 80007, 130429), Meaning.THROTTLED),
        **dict.fromkeys((1, 2, 131000, 131016), Meaning.TRANSIENT),
        131056: Meaning.PAIR_LIMIT,
        131057: Meaning.UPGRADING,
        131049: Meaning.HELD_BACK,
        **dict.fromkeys((131026, 131047, 131050, 130472, 130497), Meaning.RECIPIENT),
        **dict.fromkeys((132001, 132007, 132015, 132016), Meaning.TEMPLATE),
        132000: Meaning.SUSPECT,
        **dict.fromkeys((132005, 132012), Meaning.REFUSED),
        **dict.fromkeys(
            (0, 3, 10, 33, 190, 368, 131005, 131031, 131037, 131042, 131048, 133010), Meaning.ACCOUNT
        ),
        **dict.fromkeys(range(200, 300), Meaning.ACCOUNT),
    },
    nobody_there=frozenset({131026, 131050, 130472}),
    # One in six seconds, up to 45 at once.
    person_interval=6_000_000,
    person_burst=45,
)
