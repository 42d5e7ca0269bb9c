"""A file with something varied in every section, and the secrets that it refers to."""

from drawbridge.config.sections import AnySection
from drawbridge.sections import all_sections
from tests.parts.clock import HeldClock

EVERY_SECTION: tuple[AnySection, ...] = all_sections(HeldClock())
SECRETS = ("anthropic-eu", "siem")

RICH = """\
version: 1
organisation: {display_name: Żółw & Söhne 株式会社, whom_to_ask: "IT helpdesk, ☎ 4711"}
teams:
  llm: {parent: research, display_name: "Sprachmodelle: 語"}
  research: {display_name: 'Yes "quoted" #1'}
  sales:
groups:
  interns: {parent: staff}
  staff: {display_name: "— all —"}
projects:
  x-ray: {team: llm, data_class: restricted, display_name: null-ish}
  "2026.1": {team: sales}
users:
  ana@example.com: {display_name: Ána Ñandú 👩, email: ana@example.com, teams: [llm, sales], groups: [staff]}
  "007": {groups: [interns], suspended: true}
  "null":
service_accounts:
  ci-bot: {display_name: "CI: нет", team: research}
agents:
  clerk: {team: sales, groups: [staff], display_name: "true"}
roles:
  lead:
    description: Führt ein Team
    permissions: [{may: [read, manage], on: ["key:*", "user:*"]}]
grants:
  everyone-may-use-models: {to: everyone, may: [use], on: ["model:*", "provider:openai"]}
  research-lead: {to: ["user:ana@example.com", "group:staff"], role: lead, within: "team:research"}
  no-frontier-for-interns:
    effect: deny
    to: "group:interns"
    may: [use]
    on: ["model:gpt-5*"]
    when:
      data_classes: [restricted]
      hours: [{days: [mon, fri], begins: "08:00", ends: "18:00", zone: Europe/Berlin}]
      not_before: "2026-01-01T00:00:00Z"
      cost_above_usd: "0.50"
    reason: Frag deine Leitung, 請問
providers:
  openai: {preset: openai, models: any}
  anthropic-eu: {preset: anthropic, credential: {stored: anthropic-eu}, region: eu}
  gpu-box: {preset: vllm, base_url: "http://10.0.0.5:8000/v1", credential: {env: GPU_BOX_KEY}}
  lab:
    base_url: https://llm.example.com/v1
    dialects: [openai-chat, openai-embeddings]
    credential: {file: /run/secrets/lab}
    quirks: {auth: x-api-key, usage_in_stream: never, model_patterns: ["ü-", ""], pricing_id: mistral}
    models: any
deployments:
  sonnet-eu: {provider: anthropic-eu, upstream_model: claude-sonnet-4-5}
  qwen: {provider: gpu-box, upstream_model: "qwen3:32b", profile: {images: false, refuses: [store]}}
models:
  sonnet: {route: [sonnet-eu]}
  "4.1": {route: [qwen, {deployment: sonnet-eu, weight: 9}]}
prices:
  own:
    sonnet-eu:
      provider: anthropic-*
      model: claude-sonnet-*
      currency: EUR
      valid_from: "2026-01-01"
      valid_until: "2027-01-01T00:00+01:00"
      per_million: {input: "2.50", output: "12.50", cached_read: "0.25"}
      bands: [{above: 200000, per_million: {input: "5", output: "20"}}]
      source: "Rahmenvertrag № 4711"
    gpu-box: {provider: gpu-box, per_hour: {amount: "36", shared_by: 16}}
  discounts:
    volume: {provider: openai, model: "gpt-5*", percent: "12.5", source: order form}
  exchange_rates: [{currency: EUR, usd: "1.0850", valid_from: "2025-12-01"}]
  unknown: {ceiling: {per_million: {input: "30", output: "150"}}}
budgets:
  all:
    limit_usd: "12500.50"
    period: {zone: Europe/Warsaw}
    alerts:
      - {at_percent: 80, webhook: "https://hooks.example.com/żółw", secret: {stored: siem}}
      - {at_percent: 100, mail: ana@example.com}
    owner: user:ana@example.com
  sonnet-for-interns:
    of: group:interns
    each: principal
    models: [sonnet, "4.1"]
    products: [api]
    limit_usd: "0.50"
    period: {every: days, days: 7, begins: "2026-01-05", zone: Europe/Berlin}
    at_end: {do: downgrade, model: "4.1"}
  research: {of: "team:research", limit_usd: "300", hard: false, period: {every: total}}
limits:
  interns: {of: "group:interns", each: key, requests: {most: 60}, tokens: {most: 100000, per: hour}, concurrency: 4}
  sales: {of: "project:2026.1", models: ["gpt-5*"], requests: {most: 10000, per: day}}
audit_streams:
  siem: {webhook: {url: "https://siem.example.com/in", secret: {stored: siem}}, format: ocsf}
  from-a-file: {webhook: {url: "https://siem.example.com/in", secret: {file: /run/secrets/siem}}}
  logs: {syslog: {host: logs.example.com, tls: false}}
"""
