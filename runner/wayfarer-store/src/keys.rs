//! The store's small integers as opaque handles. The binary passes them back and never computes with them.

use std::fmt;

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

key! {
    /// A tenant.
    TenantKey
}
key! {
    /// A version of a tenant's policy: what the configuration says of the tenant.
    PolicyKey
}
key! {
    /// A journey of a tenant.
    JourneyKey
}
key! {
    /// A version of a journey.
    VersionKey
}
key! {
    /// A location.
    LocationKey
}
key! {
    /// A maintenance window.
    MaintenanceKey
}
key! {
    /// An API token.
    TokenKey
}
key! {
    /// A session of a browser.
    SessionKey
}
