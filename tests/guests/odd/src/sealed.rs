//! Journeys with a secret. They send it to every place, and log everything that they receive.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "they show what they can")]

use wayfarer_sdk::prelude::*;

#[derive(Params)]
pub(crate) struct Account {
    /// Address of the target, which echoes every request.
    base_url: Url,
    #[secret]
    password: Secret,
}

/// Sends the secret in every allowed place, and records every response.
#[journey]
pub(crate) fn sends_a_secret(j: &Journey, account: Account) -> Outcome {
    let api = j.http().base_url(&account.base_url);
    let password = &account.password;
    j.step("header", || show(j, &api.get("/header").header("x-api-key", password.as_str()).send()?))?;
    j.step("bearer", || show(j, &api.get("/bearer").bearer(password).send()?))?;
    j.step("basic", || show(j, &api.get("/basic").basic("ana", password).send()?))?;
    j.step("query", || show(j, &api.get("/query").query("key", password).send()?))?;
    j.step("json", || show(j, &api.post("/json").json(&json!({"key": password})).send()?))?;
    j.step("form", || show(j, &api.post("/form").form(&json!({"key": password})).send()?))
}

/// Records a response in every place of the report.
fn show(j: &Journey, r: &Response) -> Outcome {
    let text = r.text()?;
    check!(r.status() == 200, "answered with {text}");
    soft_check!(text.is_empty(), "{text}");
    println!("{text}");
    eprintln!("{text}");
    j.info_with(&text, &[("body", text.as_str())]);
    for (name, value) in r.headers() {
        j.info(format!("{name}: {value}"));
    }
    j.attach("echo.txt", "text/plain", &text);
    Ok(())
}

/// Fails with the echo of the secret as its message.
#[journey]
pub(crate) fn shows_a_secret(j: &Journey, account: Account) -> Outcome {
    let api = j.http().base_url(&account.base_url);
    j.step("quote", || {
        let r = api.post("/json").json(&json!({"key": account.password})).send()?;
        let text = r.text()?;
        check!(text == "something else", "the target said {text}");
        Ok(())
    })
}

/// Asks for the value of the secret.
#[journey]
pub(crate) fn reveals_a_secret(j: &Journey, account: Account) -> Outcome {
    j.step("reveal", || {
        let value = account.password.reveal()?;
        bail!("it is {value}")
    })
}

/// Writes what the value may be, to learn which of it is masked.
#[journey]
pub(crate) fn guesses_at_a_secret(j: &Journey, _: Account) -> Outcome {
    j.step("guess", || {
        for number in 0..12 {
            j.info(format!("guess {number}: wrong-horse-battery correct-horse-battery"));
        }
        Ok(())
    })
}
