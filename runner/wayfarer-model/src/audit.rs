//! The words of the audit trail: what was done, who did it, and how it ended. A word that was written stays a word: the trail is
//! never rewritten.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::JourneyName;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $error:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them, in the order of the source.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word used in SQL, JSON and the command line.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        /// The text is none of the words.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("`{text}` is not {what}: use `{known}`", text = .0, what = $what, known = known($name::ALL.iter().map(|word| word.as_str())))]
        pub struct $error(String);

        impl FromStr for $name {
            type Err = $error;
            fn from_str(text: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text).ok_or_else(|| $error(text.to_owned()))
            }
        }
    };
}

fn known<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.collect::<Vec<_>>().join("`, `")
}

words! {
    /// What was done, or was to be done.
    AuditAction, AuditActionError, "an action of the audit trail" {
        /// A server started; the object is its version.
        ServerStart = "server-start",
        /// A server stopped cleanly.
        ServerStop = "server-stop",
        /// A server read its configuration: all of it at its start, secrets and certificates after SIGHUP.
        ConfigurationRead = "configuration-read",
        /// A request came without a valid token.
        Authenticate = "authenticate",
        /// A token asked to read what it may not.
        Read = "read",
        /// A token was made.
        TokenAdd = "token-add",
        /// A token was revoked.
        TokenRevoke = "token-revoke",
        /// A browser was signed in, or tried to be.
        SignIn = "sign-in",
        /// A browser was signed out.
        SignOut = "sign-out",
        /// A session of a browser was revoked by somebody else.
        SessionRevoke = "session-revoke",
        /// A component was uploaded.
        ComponentUpload = "component-upload",
        /// Versions of journeys were deployed or removed.
        Deploy = "deploy",
        /// A run was started by hand.
        Trigger = "trigger",
        /// A journey was paused.
        Pause = "pause",
        /// A journey's pause was ended.
        Resume = "resume",
        /// A maintenance window was planned.
        MaintenanceAdd = "maintenance-add",
        /// A maintenance window was ended.
        MaintenanceEnd = "maintenance-end",
        /// Runs were taken out of the rates.
        RunsVoid = "runs-void",
        /// Runs were put back into the rates.
        RunsUnvoid = "runs-unvoid",
        /// A kill switch was thrown.
        KillSwitchThrow = "kill-switch-throw",
        /// A kill switch was taken back.
        KillSwitchRelease = "kill-switch-release",
        /// A person acknowledged, muted, noted or resolved an incident.
        IncidentChange = "incident-change",
        /// A person had a step of the server's clock believed.
        ClockAccept = "clock-accept",
        /// A test notice was sent to a channel of alerts.
        ChannelTest = "channel-test",
        /// A journey got the value of a secret.
        SecretReveal = "secret-reveal",
        /// A text of an attempt was withheld, because too much of it was masked.
        TextWithhold = "text-withhold",
    }
}

words! {
    /// How an action of the trail ended.
    AuditOutcome, AuditOutcomeError, "an outcome" {
        /// It was carried out.
        Done = "done",
        /// It was not allowed, or made no sense.
        Refused = "refused",
        /// The runner could not do it.
        Failed = "failed",
        /// The client hung up before the answer: it may or may not have been carried out.
        CutOff = "cut-off",
    }
}

/// Who did it. Nothing here is a text of the client's choice: the server knows each of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The holder of a token.
    Token {
        /// The number that the store gave the token.
        number: i64,
        /// The name that an operator gave it.
        name: String,
    },
    /// A person whom the identity provider vouches for, by the name that the configured claim has.
    Person {
        /// That name.
        name: String,
    },
    /// A run of a journey.
    Journey(JourneyName),
    /// The server itself, at its start, its stop and on SIGHUP.
    Server,
    /// Somebody without a token that the server knows.
    Nobody,
}

impl Actor {
    /// The word for the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token { .. } => "token",
            Self::Person { .. } => "person",
            Self::Journey(_) => "journey",
            Self::Server => "server",
            Self::Nobody => "nobody",
        }
    }

    /// The number of the actor's token; None if the actor has none.
    pub fn token(&self) -> Option<i64> {
        match self {
            Self::Token { number, .. } => Some(*number),
            Self::Person { .. } | Self::Journey(_) | Self::Server | Self::Nobody => None,
        }
    }

    /// The token's, the person's or the journey's name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Token { name, .. } | Self::Person { name } => Some(name),
            Self::Journey(name) => Some(name.as_str()),
            Self::Server | Self::Nobody => None,
        }
    }

    /// From its parts, as [`kind`](Self::kind), [`token`](Self::token) and [`name`](Self::name) give them. None for parts that
    /// do not belong together.
    pub fn from_parts(kind: &str, token: Option<i64>, name: Option<&str>) -> Option<Self> {
        match (kind, token, name) {
            ("token", Some(number), Some(name)) => Some(Self::Token { number, name: name.to_owned() }),
            ("person", None, Some(name)) => Some(Self::Person { name: name.to_owned() }),
            ("journey", None, Some(name)) => Some(Self::Journey(name.parse().ok()?)),
            ("server", None, None) => Some(Self::Server),
            ("nobody", None, None) => Some(Self::Nobody),
            _ => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { number, name } => write!(f, "{name} (token {number})"),
            Self::Person { name } => write!(f, "person {name}"),
            Self::Journey(name) => write!(f, "journey {name}"),
            Self::Server | Self::Nobody => f.write_str(self.kind()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_and_another_one_is_told_the_known_ones() {
        for action in AuditAction::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
        let error = "done!".parse::<AuditOutcome>().unwrap_err();
        insta::assert_snapshot!(error, @"`done!` is not an outcome: use `done`, `refused`, `failed`, `cut-off`");
    }

    #[test]
    fn an_actor_is_read_back_from_its_parts_and_from_no_others() {
        let token = Actor::Token { number: 3, name: "ci".to_owned() };
        let person = Actor::Person { name: "ana@example.com".to_owned() };
        for actor in
            [token, person, Actor::Journey("checkout".parse().unwrap()), Actor::Server, Actor::Nobody]
        {
            assert_eq!(Actor::from_parts(actor.kind(), actor.token(), actor.name()), Some(actor));
        }
        assert_eq!(Actor::from_parts("server", Some(3), None), None);
        assert_eq!(Actor::from_parts("token", None, Some("ci")), None);
    }
}
