"""Where the command `citas` begins: before it loads anything, Ctrl-C is made to end it with a word."""

import signal

from console.terminal.exit_codes import end_interrupted


def main() -> None:
    """`citas`, as it was typed."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup and the like ignore it
        signal.signal(signal.SIGINT, end_interrupted)
    from console.main import app  # takes a third of a second

    app(prog_name="citas")


if __name__ == "__main__":
    main()
