use wayfarer_sdk::prelude::*;

#[derive(Params)]
struct Open { password: Secret }

#[derive(Params)]
struct Misplaced { #[secret] user: String }

#[derive(Params)]
struct Misspelt { #[param(presett = "ana")] user: String }

#[derive(Params)]
struct Wrong { #[param(preset = "two")] count: u8 }

#[derive(Params)]
struct Unfit { list: Vec<String> }

#[derive(Params)]
struct Tuple(String);

#[derive(ParamChoice)]
enum Fields { One(u8) }

fn main() {}
