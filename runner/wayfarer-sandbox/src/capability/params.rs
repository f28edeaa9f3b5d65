//! `params`: the values that the runner resolved for this run.

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::params::{Host, add_to_linker};

pub(super) struct Params {
    /// In the order of the descriptor.
    values: Arc<[(String, String)]>,
}

impl Capability for Params {
    fn begin(grants: &Grants) -> Self {
        Self { values: Arc::clone(&grants.params) }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Host for Params {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
    }

    fn all(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.values.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name_and_listed_in_order() {
        let values = [("user", "ana"), ("base_url", "http://shop")].map(|(k, v)| (k.into(), v.into()));
        let mut params = Params { values: values.clone().into() };
        assert_eq!(params.get("base_url".into()).unwrap().as_deref(), Some("http://shop"));
        assert_eq!(params.get("Base_url".into()).unwrap(), None);
        assert_eq!(params.all().unwrap(), values);
    }
}
