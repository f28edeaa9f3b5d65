use wayfarer_sdk::prelude::*;

fn not_a_condition() -> Outcome {
    check!(200);
    Ok(())
}

fn not_comparable() -> Outcome {
    check!("200" == 200, "status");
    Ok(())
}

fn main() {}
