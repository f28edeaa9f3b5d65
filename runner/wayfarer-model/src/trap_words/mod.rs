//! Why a guest trapped, in the words that its language's runtime wrote to standard error before.
//!
//! A language whose SDK calls `panicked` needs none of this. The others end with a trap that says `unreachable`, after a few
//! lines of which each runtime has a form of its own:
//!
//! | language | form |
//! |---|---|
//! | Rust | `thread 'main' panicked at src/lib.rs:17:9:`, then the message |
//! | Go | `panic: message`, later a line that ends in `file.go:31 +0x1f` |
//! | Python | `Traceback (most recent call last):`, `File "a.py", line 3, in f`, and at the end `ValueError: message` |
//! | JavaScript | `TypeError: message`, then `at f (a.js:3:9)`; on QuickJS a panic in Rust, see `interpreter` |
//! | C++ | `terminate called …`, then `what():  message`; or `libc++abi: terminating due to …: message` |
//! | Zig | `thread 1 panic: message`, then `a.zig:3:9: 0x1f in f` |
//! | C | `Assertion failed: x > 0 (a.c: f: 3)` |
//! | AssemblyScript | `abort: message in a.ts(3:9)` |

mod forms;
mod interpreter;
mod read;
mod words;

pub use read::trap_words;
pub use words::TrapWords;
