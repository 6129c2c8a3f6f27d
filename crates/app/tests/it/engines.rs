//! Deno as the engine: the same scripts come to the same ends, and what is missing is said.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    narrows::Narrows,
    servers::{company, company_in_deno, config, fetched},
};

/// The examples and the scripts of the demo.
fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"));
    let files =
        fs::read_dir(folder).expect("the examples are there").map(|entry| entry.expect("an entry").path());
    let mut scripts: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "ts"))
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("the example can be read")))
        .collect();
    scripts.extend(demo::USE_CASES.iter().map(|case| (case.title.to_owned(), case.script.to_owned())));
    scripts
}

#[test]
fn the_same_scripts_come_to_the_same_ends() {
    let Some(in_deno) = company_in_deno() else { return };
    let scripts = scripts();
    assert!(scripts.len() > 8, "{} scripts", scripts.len());
    for (name, script) in scripts {
        let end = |config: &Value| {
            let narrows = Narrows::configured(config);
            narrows.write("skill.ts", include_str!("../../../../examples/skill-deals.ts"));
            assert_eq!(narrows.output(&["skill", "save", "deals", "skill.ts"]).code, Some(0));
            let record = narrows.record(&script, &[]);
            let calls = record["calls"].as_array().map(Vec::len);
            (record["outcome"].clone(), record["value"].clone(), record["error"]["message"].clone(), calls)
        };
        assert_eq!(end(&in_deno), end(&company()), "{name}");
    }
}

#[test]
fn doctor_names_the_engine() {
    let Some(deno) = fetched("deno") else { return };
    let narrows = Narrows::configured(
        &json!({"mcpServers": {}, "narrows": {"sandbox": {"engine": "deno", "deno": deno}}}),
    );
    let doctor = narrows.output(&["doctor"]);
    assert_eq!(doctor.code, Some(0), "{}{}", doctor.stdout, doctor.stderr);
    let lines = [
        "engine         deno 2.",
        "walls          neither webassembly nor no-new-code, because the engine is `deno`",
    ];
    for line in lines {
        assert!(doctor.stdout.contains(line), "{}", doctor.stdout);
    }
}

#[test]
fn a_wall_it_has_not_can_be_required() {
    let Some(mut config) = company_in_deno() else { return };
    config["narrows"]["sandbox"]["require"] = json!(["no-new-code"]);
    let record = Narrows::configured(&config).record("return 1", &[]);
    let expected = "no script is run without the wall `no-new-code` (the worker did not raise it), which \
                    `narrows.sandbox.require` asks for";
    assert_eq!((&record["outcome"], &record["error"]["message"]), (&json!("crashed"), &json!(expected)));
}

#[test]
fn what_is_not_deno_is_said() {
    let mut wrong = config([]);
    wrong["narrows"] = json!({"sandbox": {"engine": "deno", "deno": "./nowhere"}});
    let narrows = Narrows::configured(&wrong);
    narrows.write("script.ts", "return 1");
    let missing = narrows.output(&["run", "script.ts"]);
    assert!(missing.stderr.contains("`narrows.sandbox.deno`: there is no program `"), "{}", missing.stderr);

    // A relative path counts from the configuration.
    narrows.write("config/narrows/nowhere", "#!/bin/sh\n");
    let record = narrows.record("return 1", &[]);
    let said = record["error"]["message"].as_str().unwrap_or_default();
    assert!(
        said.contains("is not Deno's program but a script that starts it; name the program itself"),
        "{said}"
    );
}
