//! Keys of a person at a terminal, one by one. Without a terminal there are none.

use std::io::{IsTerminal as _, Read as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Again,
    All,
    Failed,
    Filter,
    Quit,
    /// A key that means nothing: what the others mean is shown.
    Help,
}

impl Key {
    fn of(byte: u8) -> Self {
        match byte {
            b'\n' | b'\r' | b'r' | b' ' => Self::Again,
            b'a' => Self::All,
            b'f' => Self::Failed,
            b'p' | b'/' => Self::Filter,
            // Ctrl-D.
            b'q' | 0x04 => Self::Quit,
            _ => Self::Help,
        }
    }
}

/// A terminal that passes keys on as they are pressed and shows none. Dropping this makes it what it was.
pub(crate) struct Keys {
    before: Termios,
    inbox: UnboundedReceiver<u8>,
}

impl Keys {
    /// None if standard input is no terminal.
    pub(crate) fn open() -> Option<Self> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let (events, inbox) = unbounded_channel();
        // The thread ends with the process: a read of a terminal cannot be called off.
        std::thread::spawn(move || {
            for byte in std::io::stdin().lock().bytes() {
                let Ok(byte) = byte else { break };
                if events.send(byte).is_err() {
                    break;
                }
            }
        });
        let keys = Self { before, inbox };
        keys.raw();
        Some(keys)
    }

    /// Ctrl-C stays a signal.
    fn raw(&self) {
        let mut raw = self.before.clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        // A terminal that is gone needs no mode.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &raw);
    }

    fn restore(&self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }

    /// The next key; [`Key::Quit`] once there will be none.
    pub(crate) async fn next(&mut self) -> Key {
        self.inbox.recv().await.map_or(Key::Quit, Key::of)
    }

    /// A line, which the terminal shows while it is typed.
    pub(crate) async fn line(&mut self) -> String {
        self.restore();
        let mut line = Vec::new();
        while let Some(byte) = self.inbox.recv().await {
            if byte == b'\n' {
                break;
            }
            line.push(byte);
        }
        self.raw();
        String::from_utf8_lossy(&line).trim().to_owned()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.restore();
    }
}
