//! Who calls, and what that allows: every decision about roles and tenants is made here.
//!
//! A token belongs to a tenant, and so does a person whom the identity provider vouches for. An operator may belong to none, and then speaks for the
//! tenant that `?tenant=` names. A thing of another tenant is answered like a thing that does not exist, so that nobody can find out names by
//! asking.

use wayfarer_model::access::Role;
use wayfarer_model::audit::Actor;
use wayfarer_model::ids::TenantName;

/// By what the server knows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The token with this number.
    Token(i64),
    /// The identity provider's word.
    Provider,
}

/// The holder of a token, or a person who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) by: Credential,
    /// The token's or the person's name, which the store writes down as the author of a change.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// None for an operator of all tenants.
    pub(crate) tenant: Option<TenantName>,
}

/// Why a caller may not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessError {
    #[error("this takes the role `{needed}`, and `{name}` has the role `{own}`")]
    Role { needed: Role, name: String, own: Role },
    #[error("this is for all tenants, and `{name}` is for tenant `{tenant}`")]
    OneTenant { name: String, tenant: TenantName },
    #[error("`{0}` belongs to no tenant: name one by `?tenant=NAME`")]
    WhichTenant(String),
    #[error("there is no tenant `{0}`, or it is none of yours")]
    NoTenant(TenantName),
}

impl Caller {
    /// For the audit trail.
    pub(crate) fn actor(&self) -> Actor {
        match self.by {
            Credential::Token(number) => Actor::Token { number, name: self.name.clone() },
            Credential::Provider => Actor::Person { name: self.name.clone() },
        }
    }

    /// What the store writes down as the author of a change: a name alone could be anybody's later.
    pub(crate) fn signature(&self) -> String {
        self.actor().to_string()
    }

    /// Refuses callers of a lesser role.
    pub(crate) fn must_be(&self, needed: Role) -> Result<(), AccessError> {
        if self.role >= needed {
            return Ok(());
        }
        Err(AccessError::Role { needed, name: self.name.clone(), own: self.role })
    }

    /// Refuses everybody but operators of all tenants: only they speak for all tenants.
    pub(crate) fn must_speak_for_all(&self) -> Result<(), AccessError> {
        self.must_be(Role::Operator)?;
        match &self.tenant {
            None => Ok(()),
            Some(tenant) => Err(AccessError::OneTenant { name: self.name.clone(), tenant: tenant.clone() }),
        }
    }

    /// The tenants whose things the caller sees: one, or all if an operator of all tenants names none.
    pub(crate) fn scope(&self, asked: Option<&TenantName>) -> Result<Option<TenantName>, AccessError> {
        match (&self.tenant, asked) {
            (Some(own), Some(asked)) if own != asked => Err(AccessError::NoTenant(asked.clone())),
            (Some(own), _) => Ok(Some(own.clone())),
            (None, asked) => Ok(asked.cloned()),
        }
    }

    /// The one tenant that is meant.
    pub(crate) fn tenant(&self, asked: Option<&TenantName>) -> Result<TenantName, AccessError> {
        self.scope(asked)?.ok_or_else(|| AccessError::WhichTenant(self.name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(role: Role, tenant: Option<&str>) -> Caller {
        let tenant = tenant.map(|name| name.parse().unwrap());
        Caller { by: Credential::Token(7), name: "ci".into(), role, tenant }
    }

    #[test]
    fn each_role_includes_those_before_it() {
        let author = caller(Role::Author, Some("shop"));
        assert_eq!(author.must_be(Role::Viewer), Ok(()));
        assert_eq!(author.must_be(Role::Author), Ok(()));
        let refused = author.must_be(Role::Operator).unwrap_err();
        insta::assert_snapshot!(refused, @"this takes the role `operator`, and `ci` has the role `author`");
    }

    #[test]
    fn a_token_sees_its_own_tenant_and_no_other() {
        let (shop, bank): (TenantName, TenantName) = ("shop".parse().unwrap(), "bank".parse().unwrap());
        let own = caller(Role::Operator, Some("shop"));
        assert_eq!(own.tenant(None).unwrap(), shop);
        assert_eq!(own.tenant(Some(&shop)).unwrap(), shop);
        assert_eq!(own.scope(Some(&bank)), Err(AccessError::NoTenant(bank.clone())));
        let every = caller(Role::Operator, None);
        assert_eq!(every.scope(None).unwrap(), None);
        assert_eq!(every.tenant(Some(&bank)).unwrap(), bank);
        insta::assert_snapshot!(every.tenant(None).unwrap_err(), @"`ci` belongs to no tenant: name one by `?tenant=NAME`");
    }

    #[test]
    fn only_an_operator_of_all_tenants_speaks_for_all() {
        assert_eq!(caller(Role::Operator, None).must_speak_for_all(), Ok(()));
        let refused = caller(Role::Operator, Some("shop")).must_speak_for_all().unwrap_err();
        insta::assert_snapshot!(refused, @"this is for all tenants, and `ci` is for tenant `shop`");
        assert!(matches!(
            caller(Role::Author, None).must_speak_for_all(),
            Err(AccessError::Role { needed: Role::Operator, .. })
        ));
    }
}
