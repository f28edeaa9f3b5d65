//! From a provider's claims to roles and tenants, by the grants of the configuration.
//!
//! A claim is looked up by its whole name first, because some are URLs, and then by the parts between its dots (`realm_access.roles`). It has a
//! value if it is that text, number or boolean, or a list that holds it; `*` is any value. An e-mail address that the provider does not call
//! verified is nobody's: whoever enters it may have made it up.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_model::text::{clip, printable};

use crate::config::GrantTable;

/// What a person may do: a role, for a tenant or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Grant {
    pub(in super::super) role: Role,
    pub(in super::super) tenant: Option<TenantName>,
}

/// The claims that a provider vouches for.
pub(in super::super) type Claims = Map<String, Value>;

/// The claim of that name.
pub(in super::super) fn claim<'c>(claims: &'c Claims, name: &str) -> Option<&'c Value> {
    if name == "email" && claims.get("email_verified") != Some(&Value::Bool(true)) {
        return None;
    }
    let nested = || {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, part| value.get(part))
    };
    claims.get(name).or_else(nested)
}

/// The text of a claim that has one.
pub(in super::super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn has(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|one| has(one, wanted)),
        one => text_of(one).is_some_and(|text| wanted == "*" || text == wanted),
    }
}

/// What the claims allow: of each tenant the highest role, by the tenants' names. An operator of all tenants needs no other.
pub(in super::super) fn granted(grants: &[GrantTable], claims: &Claims) -> Vec<Grant> {
    let mut highest: BTreeMap<Option<TenantName>, Role> = BTreeMap::new();
    for grant in grants {
        if claim(claims, &grant.claim).is_some_and(|value| has(value, &grant.value)) {
            let role = highest.entry(grant.tenant.clone()).or_insert(grant.role);
            *role = (*role).max(grant.role);
        }
    }
    if let Some(role) = highest.remove(&None) {
        return vec![Grant { role, tenant: None }];
    }
    highest.into_iter().map(|(tenant, role)| Grant { role, tenant }).collect()
}

/// What the provider said of the claims that grants name, for whoever has to mend the mapping.
pub(in super::super) fn told(grants: &[GrantTable], claims: &Claims) -> String {
    let mut names: Vec<&str> = grants.iter().map(|grant| grant.claim.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let told = names.iter().map(|name| match claim(claims, name) {
        Some(value) => format!("{name} = {}", clip(&printable(&value.to_string()), 200)),
        None if *name == "email" && claims.contains_key("email") => "nothing of a verified email".to_owned(),
        None => format!("nothing of {name}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grant(claim: &str, value: &str, role: Role, tenant: &str) -> GrantTable {
        let tenant = (!tenant.is_empty()).then(|| tenant.parse().unwrap());
        GrantTable { claim: claim.to_owned(), value: value.to_owned(), role, tenant }
    }

    fn claims(value: &Value) -> Claims {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn claims_are_lists_texts_nested_or_named_by_a_url() {
        let claims = claims(&json!({
            "groups": ["dev", "ops"], "level": 3, "on_call": true,
            "realm_access": {"roles": ["author"]}, "https://acme.example/team": "shop",
        }));
        let fits =
            |name: &str, value: &str| !granted(&[grant(name, value, Role::Operator, "")], &claims).is_empty();
        assert!(fits("groups", "ops") && fits("level", "3") && fits("on_call", "true"));
        assert!(fits("realm_access.roles", "author") && fits("https://acme.example/team", "shop"));
        assert!(fits("groups", "*") && !fits("absent", "*") && !fits("realm_access", "*"));
        assert!(!fits("groups", "op") && !fits("groups", "dev,ops") && !fits("realm_access.absent", "x"));
    }

    #[test]
    fn the_highest_role_of_each_tenant_counts_and_all_tenants_stand_for_each() {
        let claims = claims(&json!({"groups": ["a", "b", "c"]}));
        let mut grants = vec![
            grant("groups", "a", Role::Viewer, "shop"),
            grant("groups", "b", Role::Author, "shop"),
            grant("groups", "c", Role::Viewer, "bank"),
            grant("groups", "d", Role::Operator, ""),
        ];
        let told = |grants: &[GrantTable]| {
            let of = |grant: Grant| {
                format!("{} of {}", grant.role, grant.tenant.map_or("all".to_owned(), String::from))
            };
            granted(grants, &claims).into_iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(told(&grants), ["viewer of bank", "author of shop"]);
        grants.push(grant("groups", "a", Role::Operator, ""));
        assert_eq!(told(&grants), ["operator of all"]);
        assert_eq!(told(&[]), Vec::<String>::new());
    }

    #[test]
    fn an_address_that_nobody_verified_is_nobodys() {
        let grants = [grant("email", "ana@example.com", Role::Operator, "")];
        for verified in [json!(null), json!(false), json!("true")] {
            let claims = claims(&json!({"email": "ana@example.com", "email_verified": verified}));
            assert_eq!(granted(&grants, &claims), []);
            assert_eq!(told(&grants, &claims), "nothing of a verified email");
        }
        let claims = claims(&json!({"email": "ana@example.com", "email_verified": true}));
        assert_eq!(granted(&grants, &claims), [Grant { role: Role::Operator, tenant: None }]);
    }
}
