//! The names of the faults in paths.

use std::fmt;

use super::FaultError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Latency,
    ErrorRate,
    BrokenEndpoint,
    SlowBody,
    Reset,
}

impl Name {
    pub(crate) fn parse(text: &str) -> Result<Self, FaultError> {
        match text {
            "latency" => Ok(Self::Latency),
            "error-rate" => Ok(Self::ErrorRate),
            "broken-endpoint" => Ok(Self::BrokenEndpoint),
            "slow-body" => Ok(Self::SlowBody),
            "reset" => Ok(Self::Reset),
            other => Err(FaultError::UnknownName(other.to_owned())),
        }
    }

    /// Valid settings, for error messages.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Latency => r#"{"ms":500,"jitter_ms":100}"#,
            Self::ErrorRate => r#"{"rate":0.3,"status":503}"#,
            Self::BrokenEndpoint => r#"{"path":"/orders","status":503,"body":{"error":"inventory"}}"#,
            Self::SlowBody => r#"{"bytes_per_second":50} or {"chunk_delay_ms":200}"#,
            Self::Reset => r#"{"when":"before","path":"/orders","for_ms":60000}"#,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latency => "latency",
            Self::ErrorRate => "error-rate",
            Self::BrokenEndpoint => "broken-endpoint",
            Self::SlowBody => "slow-body",
            Self::Reset => "reset",
        })
    }
}
