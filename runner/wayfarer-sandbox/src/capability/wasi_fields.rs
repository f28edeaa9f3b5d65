//! `wasi:http/types.fields`: what a guest writes into header fields is charged to its attempt.
//!
//! The functions that make fields larger stand in front of those of wasmtime, charge, and call them. What was written counts
//! to the attempt's end, whatever becomes of the fields: an honest journey writes little, and a copy costs nothing until
//! it is changed.

use http::HeaderMap;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::HeaderResult;
use wasmtime_wasi_http::p2::bindings::http::types::{HeaderError, Host as _, HostFields as _};
use wasmtime_wasi_http::{FieldMap, WasiHttpView};

use super::link::CapabilitiesView;

/// What a field takes beside its name and value, in bytes.
const FIELD: usize = 128;

type Fields = Resource<FieldMap>;
/// A call's answer as the interface has it.
type Said<T> = wasmtime::Result<(Result<T, HeaderError>,)>;

/// Puts the functions that charge in front of those that are linked already.
///
/// # Errors
/// If a function has other types than those of the interface: a defect of ours.
pub(super) fn charge_fields<T>(linker: &mut Linker<T>) -> wasmtime::Result<()>
where
    T: CapabilitiesView + WasiHttpView + Send + 'static,
{
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    types.func_wrap(
        "[static]fields.from-list",
        |mut store: StoreContextMut<'_, T>, (entries,): (Vec<(String, Vec<u8>)>,)| {
            let bytes = entries.iter().map(|(name, value)| name.len() + value.len() + FIELD).sum();
            charge(&mut store, bytes)?;
            let made = store.data_mut().http().from_list(entries);
            said(&mut store, made)
        },
    )?;
    types.func_wrap(
        "[method]fields.append",
        |mut store: StoreContextMut<'_, T>, (fields, name, value): (Fields, String, Vec<u8>)| {
            charge(&mut store, name.len() + value.len() + FIELD)?;
            let appended = store.data_mut().http().append(fields, name, value);
            said(&mut store, appended)
        },
    )?;
    types.func_wrap(
        "[method]fields.set",
        |mut store: StoreContextMut<'_, T>, (fields, name, values): (Fields, String, Vec<Vec<u8>>)| {
            charge(&mut store, values.iter().map(|value| name.len() + value.len() + FIELD).sum())?;
            let set = store.data_mut().http().set(fields, name, values);
            said(&mut store, set)
        },
    )?;
    types.func_wrap(
        "[method]fields.clone",
        |mut store: StoreContextMut<'_, T>, (fields,): (Fields,)| -> wasmtime::Result<(Fields,)> {
            let http = store.data_mut().http();
            let bytes = size_of_headers(http.table.get(&fields)?);
            store.data_mut().tape().keep(bytes)?;
            Ok((store.data_mut().http().clone(fields)?,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What headers take, in bytes.
pub(super) fn size_of_headers(headers: &HeaderMap) -> u64 {
    headers.iter().map(|(name, value)| (name.as_str().len() + value.len() + FIELD) as u64).sum()
}

fn charge<T: CapabilitiesView>(store: &mut StoreContextMut<'_, T>, bytes: usize) -> wasmtime::Result<()> {
    Ok(store.data_mut().tape().keep(bytes as u64)?)
}

fn said<T: WasiHttpView, V>(store: &mut StoreContextMut<'_, T>, result: HeaderResult<V>) -> Said<V> {
    Ok((match result {
        Ok(value) => Ok(value),
        Err(error) => Err(store.data_mut().http().convert_header_error(error)?),
    },))
}
