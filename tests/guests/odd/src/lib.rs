//! Journeys that are odd on purpose, one for each way in which a run can end. `tests/scenarios` runs them with the
//! real binary.

use wayfarer_sdk::prelude::*;

mod blame;
mod bugs;
mod limits;
mod network;
mod sealed;
mod surroundings;
mod verdicts;

/// The parameters of most journeys.
#[derive(Params)]
struct Target {
    /// Address of the target.
    base_url: Url,
}

impl Target {
    /// Creates a client for the target.
    fn client(&self, j: &Journey) -> Client {
        j.http().base_url(&self.base_url)
    }
}

journeys![
    blame::bug_after_a_tolerated_call,
    blame::tolerates_and_compares,
    blame::compares_and_goes_on,
    blame::requires_what_failed,
    blame::passes_over_a_failed_call,
    blame::malformed_path,
    blame::unwraps_a_malformed_path,
    blame::no_url,
    blame::polls_by_itself,
    blame::quick,
    bugs::bug_before_any_answer,
    bugs::bug_after_an_answer,
    bugs::unwraps_nothing,
    bugs::first_item,
    bugs::reads_items,
    bugs::tolerates_and_goes_on,
    bugs::calls_both,
    bugs::spins_after_an_answer,
    bugs::hasty,
    verdicts::passes,
    verdicts::hard_check,
    verdicts::soft_check,
    verdicts::question_mark,
    verdicts::gives_up_unasked,
    verdicts::step_passed_over,
    verdicts::forgets_a_step,
    verdicts::unmet,
    verdicts::checks_nothing,
    verdicts::no_step,
    verdicts::panics_after_an_answer,
    verdicts::panics_before_any,
    verdicts::eventually,
    limits::endless_loop,
    limits::memory_growth,
    limits::survives_refused_memory,
    limits::recursion,
    limits::recursion_with_arrays,
    limits::sleeps,
    limits::sleeps_after_an_answer,
    limits::many_steps,
    limits::many_requests,
    limits::many_log_lines,
    limits::large_artifact,
    network::get,
    network::takes_no_for_an_answer,
    network::impatient,
    network::keeps_the_body,
    network::discards_the_body,
    network::at_once,
    network::two_in_a_row,
    sealed::sends_a_secret,
    sealed::shows_a_secret,
    sealed::reveals_a_secret,
    sealed::guesses_at_a_secret,
    surroundings::prints,
    surroundings::clocks_and_chance,
    surroundings::exits,
];
