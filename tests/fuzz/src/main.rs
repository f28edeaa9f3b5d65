//! The executable of `make fuzz`: libFuzzer around one target, which `WAYFARER_FUZZ_TARGET` names. With `list` it prints the
//! names. It writes the target's seeds into the folder that `WAYFARER_FUZZ_SEEDS` names before libFuzzer reads the corpus.
#![no_main]

use wayfarer_fuzz::chosen;

libfuzzer_sys::fuzz_target!(init: chosen::prepare(), |data: &[u8]| {
    (chosen::target().run)(data);
});
