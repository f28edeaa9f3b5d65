//! Who asks, and what that lets them see: every decision about roles and tenants is made here.
//!
//! A token belongs to a tenant; an operator's may belong to none and then speaks for whichever is named by
//! `?tenant=`. What belongs to another tenant is not there: the answer is the same as for what nobody has, so
//! that names cannot be found out by asking.

use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;

use super::problem::Problem;
use crate::protocol::Kind;

/// Whoever a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The token's name: what the store writes down as the author of a change.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
    /// For whom; none for an operator of all tenants.
    pub(crate) tenant: Option<TenantName>,
}

impl Caller {
    /// Refuses whoever has a lesser role.
    pub(crate) fn must_be(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role {
            return Ok(());
        }
        let (needed, own) = (role, self.role);
        Err(Problem::new(
            Kind::Forbidden,
            format!("this takes a token of role `{needed}`, and `{}` is of role `{own}`", self.name),
        ))
    }

    /// The tenants whose things they see: one, or all where none is named by an operator of all.
    pub(crate) fn scope(&self, asked: Option<&TenantName>) -> Result<Option<TenantName>, Problem> {
        match (&self.tenant, asked) {
            (Some(own), Some(asked)) if own != asked => Err(no_tenant(asked)),
            (Some(own), _) => Ok(Some(own.clone())),
            (None, asked) => Ok(asked.cloned()),
        }
    }

    /// The one tenant that is meant.
    pub(crate) fn tenant(&self, asked: Option<&TenantName>) -> Result<TenantName, Problem> {
        self.scope(asked)?.ok_or_else(|| {
            let detail = format!(
                "the token `{}` belongs to no tenant: say which is meant by `?tenant=NAME`",
                self.name
            );
            Problem::new(Kind::Malformed, detail)
        })
    }
}

/// What is said of a tenant that is not there, or not for whoever asks.
pub(crate) fn no_tenant(name: &TenantName) -> Problem {
    Problem::new(Kind::NotFound, format!("there is no tenant `{name}`, or the token is not for it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(role: Role, tenant: Option<&str>) -> Caller {
        Caller { name: "ci".into(), role, tenant: tenant.map(|name| name.parse().unwrap()) }
    }

    fn detail(problem: &Problem) -> String {
        format!("{problem:?}")
    }

    #[test]
    fn each_role_includes_those_before_it() {
        let author = caller(Role::Author, Some("shop"));
        assert_eq!(author.must_be(Role::Viewer), Ok(()));
        assert_eq!(author.must_be(Role::Author), Ok(()));
        let refused = author.must_be(Role::Operator).unwrap_err();
        insta::assert_snapshot!(detail(&refused), @r#"Problem { kind: Forbidden, detail: "this takes a token of role `operator`, and `ci` is of role `author`", errors: [] }"#);
    }

    #[test]
    fn a_token_sees_its_own_tenant_and_no_other() {
        let (shop, bank): (TenantName, TenantName) = ("shop".parse().unwrap(), "bank".parse().unwrap());
        let own = caller(Role::Operator, Some("shop"));
        assert_eq!(own.tenant(None).unwrap(), shop);
        assert_eq!(own.tenant(Some(&shop)).unwrap(), shop);
        assert_eq!(own.scope(Some(&bank)), Err(no_tenant(&bank)));
        let every = caller(Role::Operator, None);
        assert_eq!(every.scope(None).unwrap(), None);
        assert_eq!(every.tenant(Some(&bank)).unwrap(), bank);
        insta::assert_snapshot!(detail(&every.tenant(None).unwrap_err()), @r#"Problem { kind: Malformed, detail: "the token `ci` belongs to no tenant: say which is meant by `?tenant=NAME`", errors: [] }"#);
    }
}
