//! Which tool a script asks for, under each of the names it may ask under.

use serde::Deserialize;
use serde_json::json;
use tools::Method;
use wire::Settlement;

use super::errands::{is_long, nameless, type_error};
use crate::broker::Wanted;

/// The tool that is asked for, with its arguments; the error that the script catches, where they cannot be read. `None` where
/// no tool is asked for.
pub(super) fn called(name: &str, arguments: &[u8]) -> Option<Result<(Wanted, Vec<u8>), Settlement>> {
    Some(match name {
        "call" => by_name(arguments),
        "resource" => resource(arguments),
        name if name.starts_with("servers/") => Ok((Wanted::Path(name.to_owned()), arguments.to_vec())),
        _ => return None,
    })
}

fn by_name(arguments: &[u8]) -> Result<(Wanted, Vec<u8>), Settlement> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        server: Option<String>,
        name: String,
        #[serde(default)]
        input: Option<Box<serde_json::value::RawValue>>,
    }
    let Ok(Named { server, name: tool, input }) = serde_json::from_slice(arguments) else {
        return Err(type_error("callMCPTool takes a tool's name and its arguments"));
    };
    if [server.as_deref(), Some(&*tool)].into_iter().flatten().any(is_long) {
        return Err(nameless());
    }
    let arguments = input.map_or_else(Vec::new, |input| input.get().as_bytes().to_vec());
    Ok((Wanted::Name { server, tool }, arguments))
}

fn resource(arguments: &[u8]) -> Result<(Wanted, Vec<u8>), Settlement> {
    #[derive(Deserialize)]
    struct Resource {
        server: String,
        uri: String,
    }
    match serde_json::from_slice(arguments) {
        Ok(Resource { server, .. }) if is_long(&server) => Err(nameless()),
        Ok(Resource { server, uri }) => {
            let wanted = Wanted::Beside { method: Method::ReadResource, server };
            Ok((wanted, json!({ "uri": uri }).to_string().into_bytes()))
        }
        Err(_) => Err(type_error("readResource takes a server's name and the `uri` of a resource")),
    }
}
