//! The program: what it prints, and how it ends.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::cluster::GOOD;

fn deployment(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deployment").join(name)
}

fn compliance(arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_compliance"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without having read everything.
    let _written = program.stdin.take().unwrap().write_all(input.as_bytes());
    program.wait_with_output().unwrap()
}

/// The same with what is expected of the good deployment.
fn expecting(task: &str, more: &[&str], input: &str) -> Output {
    let expectations = deployment("expectations.yaml");
    let mut arguments = vec![task, "--expect", expectations.to_str().unwrap()];
    arguments.extend(more);
    compliance(&arguments, input)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_good_deployment_is_passed_in_silence_from_a_file_and_from_the_standard_input() {
    let file = deployment("good.yaml");
    for (more, input) in [(vec![file.to_str().unwrap()], ""), (vec!["-"], GOOD), (vec![], GOOD)] {
        let output = expecting("check", &more, input);
        assert_eq!(
            (output.status.code(), stdout(&output), stderr(&output)),
            (Some(0), String::new(), String::new())
        );
    }
}

#[test]
fn findings_are_told_by_object_and_end_with_one() {
    let broken = GOOD.replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false");
    let output = expecting("check", &[], &broken);
    assert_eq!(output.status.code(), Some(1));
    let advice = "set readOnlyRootFilesystem to true, and mount an emptyDir where it writes";
    let of = |object: &str, container: &str| {
        format!("{object}\n  read-only-root: container `{container}`: {advice}\n")
    };
    let expected = [
        of("Deployment wardlight/client", "client"),
        of("Deployment wardlight/server", "server"),
        "SecurityContextConstraints wardlight\n  openshift-constraints: set readOnlyRootFilesystem to true\n"
            .to_owned(),
        of("StatefulSet wardlight/database", "database"),
    ];
    assert_eq!(stdout(&output), expected.concat());
}

#[test]
fn findings_are_json_where_it_is_asked_for() {
    let output = expecting(
        "check",
        &["--json"],
        &GOOD.replace("enableServiceLinks: false", "enableServiceLinks: true"),
    );
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["rule"], "service-links");
    assert_eq!(report["findings"][0]["object"], "Deployment wardlight/client");
    assert_eq!(report["findings"][0]["advice"], "set enableServiceLinks to false");
    assert_eq!(report["vault_requests_per_day"], 69_120);
    let clean = expecting("check", &["--json"], GOOD);
    assert_eq!(clean.status.code(), Some(0));
    assert_eq!(serde_json::from_slice::<Value>(&clean.stdout).unwrap()["findings"], Value::Array(Vec::new()));
}

#[test]
fn bad_input_ends_with_two_and_a_sentence() {
    for (input, sentence) in [
        ("", "compliance: there is no object in the stream\n"),
        ("a: 1\n", "compliance: document 1: there is no text in apiVersion\n"),
    ] {
        let output = compliance(&["check"], input);
        assert_eq!(
            (output.status.code(), stdout(&output), stderr(&output)),
            (Some(2), String::new(), sentence.to_owned())
        );
    }
    for arguments in [&["check", "no/such/file"][..], &["check", "--expect", "no/such/file"], &["chek"], &[]]
    {
        assert_eq!(compliance(arguments, GOOD).status.code(), Some(2), "{arguments:?}");
    }
    for task in ["connections", "access", "quota"] {
        assert_eq!(compliance(&[task], "a: [").status.code(), Some(2), "{task}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "outsides: []\n").unwrap();
    let output = compliance(&["check", "--expect", file.path().to_str().unwrap()], GOOD);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("outsides"), "{}", stderr(&output));
    std::fs::write(file.path(), [0xff, 0xfe, 0xff]).unwrap();
    assert_eq!(compliance(&["check", file.path().to_str().unwrap()], "").status.code(), Some(2));
}

#[test]
fn tables_are_the_golden_text() {
    for (task, golden) in [
        ("connections", include_str!("../deployment/connections.txt")),
        ("access", include_str!("../deployment/access.txt")),
        ("quota", include_str!("../deployment/quota.txt")),
    ] {
        let output = expecting(task, &[], GOOD);
        assert_eq!((output.status.code(), stdout(&output)), (Some(0), golden.to_owned()), "{task}");
        let json = expecting(task, &["--json"], GOOD);
        assert!(serde_json::from_slice::<Value>(&json.stdout).unwrap().is_array(), "{task}");
    }
}

#[test]
fn rules_are_a_document() {
    let output = compliance(&["rules"], "");
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text.contains("| `read-only-root` | 5.6.3 | Every container's root filesystem is read-only. |\n"),
        "{text}"
    );
    let rows: Value = serde_json::from_slice(&compliance(&["rules", "--json"], "").stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len() + 2, text.lines().count());
}

#[test]
fn help_says_how_it_is_used_and_what_the_exit_codes_mean() {
    let text = stdout(&compliance(&["--help"], ""));
    for part in ["kustomize build", "--expect", "1 if something was found", "connections", "rules"] {
        assert!(text.contains(part), "{part}");
    }
    let check = stdout(&compliance(&["check", "--help"], ""));
    assert!(check.contains("outside:") && check.contains("vaultRequestsPerDayMax"), "{check}");
}
