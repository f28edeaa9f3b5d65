//! The macros' error messages. To accept a change: `TRYBUILD=overwrite cargo test -p wayfarer-sdk`.

#[test]
fn macros_name_the_thing_the_rule_and_the_mend() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
