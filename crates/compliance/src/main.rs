//! The command line of the checker: `compliance check`, `connections`, `access`, `quota`, `rules`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use compliance::{Expectations, Manifests, Rule};
use serde::Serialize;

/// Holds rendered Kubernetes manifests to the rules of secure deployments, without a cluster
///
/// Typical use: kustomize build deploy/kubernetes/overlays/production | compliance check --expect FILE
///
/// The answer is an exit code too: 0 if every rule holds, 1 if something was found, 2 if the input cannot be read.
#[derive(Parser)]
#[command(name = "compliance", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Say which rules do not hold: a line for each finding, grouped by object
    Check(Input),
    /// Print who can talk to whom by all network policies: `from -> to  ports`
    Connections(Input),
    /// Print what every service account may do at the API of the cluster
    Access(Input),
    /// Print how much of every quota is taken at full scale and while everything is rolled out
    Quota(Input),
    /// Print all rules as a table in Markdown, with the items of the CIS Kubernetes Benchmark v1.12 that they cover
    Rules {
        /// Print JSON instead
        #[arg(long)]
        json: bool,
    },
}

/// Every field of a file of expectations.
const EXPECTATIONS: &str = "\
A file of expectations, every field of which may be left out:

  podSecurity: restricted          # or baseline
  userNamespaces: optional         # or required: pods must set hostUsers to false
  userNamespacesIn: [namespace]    # where they must, whatever is said above
  outside:                         # peers in the cluster that are not in the manifests
    - name: dns
      namespace: kube-system
      namespaceLabels: {}
      labels: {k8s-app: kube-dns}
      ports: [{name: dns, port: 53, protocol: UDP}]
  secrets: [namespace/name]        # that somebody else brings
  clusterRoles: [view]             # that the cluster brings
  refreshSecondsMax: 15            # how often external secrets are fetched at least; 0 asks for nothing
  vaultRequestsPerDayMax: 100000
  trustedProxies:                  # whose word about who asks is believed
    settings: [set_real_ip_from]   # keys of ConfigMaps, variables, or directives of nginx; each has to be said
    addresses: [10.0.0.0/8]        # and what it says has to lie in one of these
  metadataAddresses: [169.254.169.254/32]
  apiServerAddresses: [10.96.0.1/32]
";

#[derive(Args)]
#[command(after_help = EXPECTATIONS)]
struct Input {
    /// The manifests, a stream of YAML documents as `kustomize build` writes it; `-` or nothing is the standard input
    file: Option<PathBuf>,
    /// What is true of the deployment and not written in its manifests, as YAML
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Print JSON instead
    #[arg(long)]
    json: bool,
}

/// Why a task was not done.
enum Failure {
    /// What was given cannot be read.
    Input(String),
    /// Nobody reads what is written.
    Output(io::Error),
}

/// What was found.
enum Verdict {
    Clean,
    Findings,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(Verdict::Clean) => ExitCode::SUCCESS,
        Ok(Verdict::Findings) => ExitCode::from(1),
        // Whoever reads has seen enough; `head` for example.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(2),
        Err(Failure::Output(error)) => complain(&format!("cannot write: {error}")),
        Err(Failure::Input(message)) => complain(&message),
    }
}

fn complain(message: &str) -> ExitCode {
    // If this cannot be written either, the code says it.
    let _written = writeln!(io::stderr(), "compliance: {message}");
    ExitCode::from(2)
}

fn run(task: Task) -> Result<Verdict, Failure> {
    match task {
        Task::Check(input) => {
            let (manifests, expectations) = input.read()?;
            let report = compliance::check(&manifests, &expectations);
            if input.json {
                print_json(&report)?;
            } else {
                print(&report.to_string())?;
            }
            Ok(if report.is_clean() { Verdict::Clean } else { Verdict::Findings })
        }
        Task::Connections(input) => {
            let (manifests, expectations) = input.read()?;
            input.show(&compliance::connections(&manifests, &expectations))
        }
        Task::Access(input) => {
            let (manifests, _) = input.read()?;
            input.show(&compliance::access(&manifests))
        }
        Task::Quota(input) => {
            let (manifests, _) = input.read()?;
            input.show(&compliance::quota(&manifests))
        }
        Task::Rules { json: true } => {
            print_json(&Rule::ALL.iter().map(|rule| RuleRow::of(*rule)).collect::<Vec<_>>())?;
            Ok(Verdict::Clean)
        }
        Task::Rules { json: false } => {
            let mut text = "| rule | CIS | what it wants |\n|---|---|---|\n".to_owned();
            for RuleRow { rule, cis, sentence } in Rule::ALL.iter().map(|rule| RuleRow::of(*rule)) {
                text.push_str(&format!("| `{}` | {} | {sentence} |\n", rule.name(), cis.join(", ")));
            }
            print(&text)?;
            Ok(Verdict::Clean)
        }
    }
}

#[derive(Serialize)]
struct RuleRow {
    rule: Rule,
    cis: &'static [&'static str],
    sentence: &'static str,
}

impl RuleRow {
    fn of(rule: Rule) -> Self {
        Self { rule, cis: rule.cis(), sentence: rule.sentence() }
    }
}

impl Input {
    fn read(&self) -> Result<(Manifests, Expectations), Failure> {
        let expectations = match &self.expect {
            None => Expectations::default(),
            Some(path) => {
                let text = read(Some(path))?;
                let named = |message| Failure::Input(format!("{}: {message}", path.display()));
                Expectations::read(&text).map_err(named)?
            }
        };
        let file = self.file.as_ref().filter(|file| file.as_os_str() != "-");
        let manifests = Manifests::read(&read(file)?).map_err(|error| Failure::Input(error.to_string()))?;
        Ok((manifests, expectations))
    }

    fn show(&self, table: &(impl Serialize + ToString)) -> Result<Verdict, Failure> {
        if self.json {
            print_json(table)?;
        } else {
            print(&table.to_string())?;
        }
        Ok(Verdict::Clean)
    }
}

/// How much is read at most; what is more is refused by whoever takes the text.
const INPUT_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// The text of a file, or of the standard input.
fn read(path: Option<&PathBuf>) -> Result<String, Failure> {
    let mut text = String::new();
    let done = match path {
        None => io::stdin().lock().take(INPUT_BYTES_MAX).read_to_string(&mut text),
        Some(path) => File::open(path).and_then(|file| file.take(INPUT_BYTES_MAX).read_to_string(&mut text)),
    };
    let name = path.map_or_else(|| "the standard input".to_owned(), |path| path.display().to_string());
    done.map_err(|error| Failure::Input(format!("cannot read {name}: {error}")))?;
    Ok(text)
}

fn print(text: &str) -> Result<(), Failure> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::Output)
}

fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Output(error.into()))?;
    print(&format!("{text}\n"))
}
