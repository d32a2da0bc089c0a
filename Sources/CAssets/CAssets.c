#include "CAssets.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

// One line a file: an array here, and its row in the table below.
static const unsigned char create_hub[] = {
#embed "../../Migrations/0001_create_hub.sql"
};
static const unsigned char create_attempts[] = {
#embed "../../Migrations/0002_create_attempts.sql"
};
static const unsigned char create_usage_days[] = {
#embed "../../Migrations/0003_create_usage_days.sql"
};
static const unsigned char create_budgets[] = {
#embed "../../Migrations/0004_create_budgets.sql"
};
static const unsigned char create_cached_answers[] = {
#embed "../../Migrations/0005_create_cached_answers.sql"
};
static const unsigned char create_tools[] = {
#embed "../../Migrations/0006_create_tools.sql"
};
static const unsigned char create_datasets[] = {
#embed "../../Migrations/0007_create_datasets.sql"
};
static const unsigned char create_knowledge[] = {
#embed "../../Migrations/0008_create_knowledge.sql"
};
static const unsigned char create_pipelines[] = {
#embed "../../Migrations/0009_create_pipelines.sql"
};
static const unsigned char create_chats[] = {
#embed "../../Migrations/0010_create_chats.sql"
};
static const unsigned char create_threads[] = {
#embed "../../Migrations/0011_create_threads.sql"
};
static const unsigned char create_query_results[] = {
#embed "../../Migrations/0012_create_query_results.sql"
};
static const unsigned char add_call_outcomes[] = {
#embed "../../Migrations/0013_add_call_outcomes.sql"
};
static const unsigned char create_ratings[] = {
#embed "../../Migrations/0014_create_ratings.sql"
};
static const unsigned char create_message_search[] = {
#embed "../../Migrations/0015_create_message_search.sql"
};
static const unsigned char add_run_overrides[] = {
#embed "../../Migrations/0016_add_run_overrides.sql"
};
static const unsigned char let_message_search_wait[] = {
#embed "../../Migrations/0017_let_message_search_wait.sql"
};
static const unsigned char merge_old_deltas[] = {
#embed "../../Migrations/0018_merge_old_deltas.sql"
};
static const unsigned char add_key_status[] = {
#embed "../../Migrations/0019_add_key_status.sql"
};
static const unsigned char create_branches[] = {
#embed "../../Migrations/0020_create_branches.sql"
};
static const unsigned char prices[] = {
#embed "../../Prices/prices.json"
};
static const unsigned char worker[] = {
#embed "../../Sandbox/worker.py"
};
static const unsigned char agents[] = {
#embed "../../Seeds/agents.json"
};
static const unsigned char pricing_plans[] = {
#embed "../../Seeds/knowledge/billing/pricing-plans.md"
};
static const unsigned char refund_policy[] = {
#embed "../../Seeds/knowledge/billing/refund-policy.md"
};
static const unsigned char privacy_policy[] = {
#embed "../../Seeds/knowledge/compliance/privacy-policy.md"
};
static const unsigned char terms_of_service[] = {
#embed "../../Seeds/knowledge/compliance/terms-of-service.md"
};
static const unsigned char california_labor_guide[] = {
#embed "../../Seeds/knowledge/field_service/compliance/california-labor-guide.md"
};
static const unsigned char flsa_guide[] = {
#embed "../../Seeds/knowledge/field_service/compliance/flsa-guide.md"
};
static const unsigned char osha_guide[] = {
#embed "../../Seeds/knowledge/field_service/compliance/osha-guide.md"
};
static const unsigned char company_handbook[] = {
#embed "../../Seeds/knowledge/field_service/handbook/company-handbook.md"
};
static const unsigned char receipt_guide[] = {
#embed "../../Seeds/knowledge/field_service/receipts/receipt-guide.md"
};
static const unsigned char work_log_guide[] = {
#embed "../../Seeds/knowledge/field_service/work_logs/work-log-guide.md"
};
static const unsigned char about_company[] = {
#embed "../../Seeds/knowledge/general/about-company.md"
};
static const unsigned char service_overview[] = {
#embed "../../Seeds/knowledge/general/service-overview.md"
};
static const unsigned char error_codes[] = {
#embed "../../Seeds/knowledge/technical/error-codes.md"
};
static const unsigned char troubleshooting[] = {
#embed "../../Seeds/knowledge/technical/troubleshooting.md"
};
static const unsigned char customer[] = {
#embed "../../Seeds/surfaces/customer.json"
};
static const unsigned char fsia[] = {
#embed "../../Seeds/surfaces/fsia.json"
};
static const unsigned char insightx[] = {
#embed "../../Seeds/surfaces/insightx.json"
};

static const unsigned char dashboard_agenthub_js[] = {
#embed "../Dashboard/agenthub.js"
};
static const unsigned char dashboard_agents_js[] = {
#embed "../Dashboard/assets/agents.js"
};
static const unsigned char dashboard_app_js[] = {
#embed "../Dashboard/assets/app.js"
};
static const unsigned char dashboard_approval_js[] = {
#embed "../Dashboard/assets/approval.js"
};
static const unsigned char dashboard_base_css[] = {
#embed "../Dashboard/assets/base.css"
};
static const unsigned char dashboard_branches_js[] = {
#embed "../Dashboard/assets/branches.js"
};
static const unsigned char dashboard_charts_js[] = {
#embed "../Dashboard/assets/charts.js"
};
static const unsigned char dashboard_chat_js[] = {
#embed "../Dashboard/assets/chat.js"
};
static const unsigned char dashboard_chats_js[] = {
#embed "../Dashboard/assets/chats.js"
};
static const unsigned char dashboard_composer_js[] = {
#embed "../Dashboard/assets/composer.js"
};
static const unsigned char dashboard_console_js[] = {
#embed "../Dashboard/assets/console.js"
};
static const unsigned char dashboard_conversation_js[] = {
#embed "../Dashboard/assets/conversation.js"
};
static const unsigned char dashboard_data_js[] = {
#embed "../Dashboard/assets/data.js"
};
static const unsigned char dashboard_diff_js[] = {
#embed "../Dashboard/assets/diff.js"
};
static const unsigned char dashboard_docs_css[] = {
#embed "../Dashboard/assets/docs.css"
};
static const unsigned char dashboard_docs_js[] = {
#embed "../Dashboard/assets/docs.js"
};
static const unsigned char dashboard_dom_js[] = {
#embed "../Dashboard/assets/dom.js"
};
static const unsigned char dashboard_icon_svg[] = {
#embed "../Dashboard/assets/icon.svg"
};
static const unsigned char dashboard_knowledge_js[] = {
#embed "../Dashboard/assets/knowledge.js"
};
static const unsigned char dashboard_live_js[] = {
#embed "../Dashboard/assets/live.js"
};
static const unsigned char dashboard_markdown_js[] = {
#embed "../Dashboard/assets/markdown.js"
};
static const unsigned char dashboard_meeting_js[] = {
#embed "../Dashboard/assets/meeting.js"
};
static const unsigned char dashboard_providers_js[] = {
#embed "../Dashboard/assets/providers.js"
};
static const unsigned char dashboard_replay_js[] = {
#embed "../Dashboard/assets/replay.js"
};
static const unsigned char dashboard_schema_js[] = {
#embed "../Dashboard/assets/schema.js"
};
static const unsigned char dashboard_search_js[] = {
#embed "../Dashboard/assets/search.js"
};
static const unsigned char dashboard_settings_js[] = {
#embed "../Dashboard/assets/settings.js"
};
static const unsigned char dashboard_theme_js[] = {
#embed "../Dashboard/assets/theme.js"
};
static const unsigned char dashboard_transcript_js[] = {
#embed "../Dashboard/assets/transcript.js"
};
static const unsigned char dashboard_turn_js[] = {
#embed "../Dashboard/assets/turn.js"
};
static const unsigned char dashboard_usage_js[] = {
#embed "../Dashboard/assets/usage.js"
};
static const unsigned char dashboard_versions_js[] = {
#embed "../Dashboard/assets/versions.js"
};
static const unsigned char dashboard_views_css[] = {
#embed "../Dashboard/assets/views.css"
};
static const unsigned char dashboard_wall_js[] = {
#embed "../Dashboard/assets/wall.js"
};
static const unsigned char dashboard_watch_js[] = {
#embed "../Dashboard/assets/watch.js"
};
static const unsigned char documentation[] = {
#embed "../Dashboard/docs.html"
};
static const unsigned char dashboard[] = {
#embed "../Dashboard/index.html"
};

static const cassets_file files[] = {
    {"Migrations/0001_create_hub.sql", create_hub, sizeof(create_hub)},
    {"Migrations/0002_create_attempts.sql", create_attempts, sizeof(create_attempts)},
    {"Migrations/0003_create_usage_days.sql", create_usage_days, sizeof(create_usage_days)},
    {"Migrations/0004_create_budgets.sql", create_budgets, sizeof(create_budgets)},
    {"Migrations/0005_create_cached_answers.sql", create_cached_answers, sizeof(create_cached_answers)},
    {"Migrations/0006_create_tools.sql", create_tools, sizeof(create_tools)},
    {"Migrations/0007_create_datasets.sql", create_datasets, sizeof(create_datasets)},
    {"Migrations/0008_create_knowledge.sql", create_knowledge, sizeof(create_knowledge)},
    {"Migrations/0009_create_pipelines.sql", create_pipelines, sizeof(create_pipelines)},
    {"Migrations/0010_create_chats.sql", create_chats, sizeof(create_chats)},
    {"Migrations/0011_create_threads.sql", create_threads, sizeof(create_threads)},
    {"Migrations/0012_create_query_results.sql", create_query_results, sizeof(create_query_results)},
    {"Migrations/0013_add_call_outcomes.sql", add_call_outcomes, sizeof(add_call_outcomes)},
    {"Migrations/0014_create_ratings.sql", create_ratings, sizeof(create_ratings)},
    {"Migrations/0015_create_message_search.sql", create_message_search, sizeof(create_message_search)},
    {"Migrations/0016_add_run_overrides.sql", add_run_overrides, sizeof(add_run_overrides)},
    {"Migrations/0017_let_message_search_wait.sql", let_message_search_wait, sizeof(let_message_search_wait)},
    {"Migrations/0018_merge_old_deltas.sql", merge_old_deltas, sizeof(merge_old_deltas)},
    {"Migrations/0019_add_key_status.sql", add_key_status, sizeof(add_key_status)},
    {"Migrations/0020_create_branches.sql", create_branches, sizeof(create_branches)},
    {"Prices/prices.json", prices, sizeof(prices)},
    {"Sandbox/worker.py", worker, sizeof(worker)},
    {"Seeds/agents.json", agents, sizeof(agents)},
    {"Seeds/knowledge/billing/pricing-plans.md", pricing_plans, sizeof(pricing_plans)},
    {"Seeds/knowledge/billing/refund-policy.md", refund_policy, sizeof(refund_policy)},
    {"Seeds/knowledge/compliance/privacy-policy.md", privacy_policy, sizeof(privacy_policy)},
    {"Seeds/knowledge/compliance/terms-of-service.md", terms_of_service, sizeof(terms_of_service)},
    {"Seeds/knowledge/field_service/compliance/california-labor-guide.md", california_labor_guide, sizeof(california_labor_guide)},
    {"Seeds/knowledge/field_service/compliance/flsa-guide.md", flsa_guide, sizeof(flsa_guide)},
    {"Seeds/knowledge/field_service/compliance/osha-guide.md", osha_guide, sizeof(osha_guide)},
    {"Seeds/knowledge/field_service/handbook/company-handbook.md", company_handbook, sizeof(company_handbook)},
    {"Seeds/knowledge/field_service/receipts/receipt-guide.md", receipt_guide, sizeof(receipt_guide)},
    {"Seeds/knowledge/field_service/work_logs/work-log-guide.md", work_log_guide, sizeof(work_log_guide)},
    {"Seeds/knowledge/general/about-company.md", about_company, sizeof(about_company)},
    {"Seeds/knowledge/general/service-overview.md", service_overview, sizeof(service_overview)},
    {"Seeds/knowledge/technical/error-codes.md", error_codes, sizeof(error_codes)},
    {"Seeds/knowledge/technical/troubleshooting.md", troubleshooting, sizeof(troubleshooting)},
    {"Seeds/surfaces/customer.json", customer, sizeof(customer)},
    {"Seeds/surfaces/fsia.json", fsia, sizeof(fsia)},
    {"Seeds/surfaces/insightx.json", insightx, sizeof(insightx)},
    {"Sources/Dashboard/agenthub.js", dashboard_agenthub_js, sizeof(dashboard_agenthub_js)},
    {"Sources/Dashboard/assets/agents.js", dashboard_agents_js, sizeof(dashboard_agents_js)},
    {"Sources/Dashboard/assets/app.js", dashboard_app_js, sizeof(dashboard_app_js)},
    {"Sources/Dashboard/assets/approval.js", dashboard_approval_js, sizeof(dashboard_approval_js)},
    {"Sources/Dashboard/assets/base.css", dashboard_base_css, sizeof(dashboard_base_css)},
    {"Sources/Dashboard/assets/branches.js", dashboard_branches_js, sizeof(dashboard_branches_js)},
    {"Sources/Dashboard/assets/charts.js", dashboard_charts_js, sizeof(dashboard_charts_js)},
    {"Sources/Dashboard/assets/chat.js", dashboard_chat_js, sizeof(dashboard_chat_js)},
    {"Sources/Dashboard/assets/chats.js", dashboard_chats_js, sizeof(dashboard_chats_js)},
    {"Sources/Dashboard/assets/composer.js", dashboard_composer_js, sizeof(dashboard_composer_js)},
    {"Sources/Dashboard/assets/console.js", dashboard_console_js, sizeof(dashboard_console_js)},
    {"Sources/Dashboard/assets/conversation.js", dashboard_conversation_js, sizeof(dashboard_conversation_js)},
    {"Sources/Dashboard/assets/data.js", dashboard_data_js, sizeof(dashboard_data_js)},
    {"Sources/Dashboard/assets/diff.js", dashboard_diff_js, sizeof(dashboard_diff_js)},
    {"Sources/Dashboard/assets/docs.css", dashboard_docs_css, sizeof(dashboard_docs_css)},
    {"Sources/Dashboard/assets/docs.js", dashboard_docs_js, sizeof(dashboard_docs_js)},
    {"Sources/Dashboard/assets/dom.js", dashboard_dom_js, sizeof(dashboard_dom_js)},
    {"Sources/Dashboard/assets/icon.svg", dashboard_icon_svg, sizeof(dashboard_icon_svg)},
    {"Sources/Dashboard/assets/knowledge.js", dashboard_knowledge_js, sizeof(dashboard_knowledge_js)},
    {"Sources/Dashboard/assets/live.js", dashboard_live_js, sizeof(dashboard_live_js)},
    {"Sources/Dashboard/assets/markdown.js", dashboard_markdown_js, sizeof(dashboard_markdown_js)},
    {"Sources/Dashboard/assets/meeting.js", dashboard_meeting_js, sizeof(dashboard_meeting_js)},
    {"Sources/Dashboard/assets/providers.js", dashboard_providers_js, sizeof(dashboard_providers_js)},
    {"Sources/Dashboard/assets/replay.js", dashboard_replay_js, sizeof(dashboard_replay_js)},
    {"Sources/Dashboard/assets/schema.js", dashboard_schema_js, sizeof(dashboard_schema_js)},
    {"Sources/Dashboard/assets/search.js", dashboard_search_js, sizeof(dashboard_search_js)},
    {"Sources/Dashboard/assets/settings.js", dashboard_settings_js, sizeof(dashboard_settings_js)},
    {"Sources/Dashboard/assets/theme.js", dashboard_theme_js, sizeof(dashboard_theme_js)},
    {"Sources/Dashboard/assets/transcript.js", dashboard_transcript_js, sizeof(dashboard_transcript_js)},
    {"Sources/Dashboard/assets/turn.js", dashboard_turn_js, sizeof(dashboard_turn_js)},
    {"Sources/Dashboard/assets/usage.js", dashboard_usage_js, sizeof(dashboard_usage_js)},
    {"Sources/Dashboard/assets/versions.js", dashboard_versions_js, sizeof(dashboard_versions_js)},
    {"Sources/Dashboard/assets/views.css", dashboard_views_css, sizeof(dashboard_views_css)},
    {"Sources/Dashboard/assets/wall.js", dashboard_wall_js, sizeof(dashboard_wall_js)},
    {"Sources/Dashboard/assets/watch.js", dashboard_watch_js, sizeof(dashboard_watch_js)},
    {"Sources/Dashboard/docs.html", documentation, sizeof(documentation)},
    {"Sources/Dashboard/index.html", dashboard, sizeof(dashboard)},
};

const cassets_file *cassets_files(size_t *count) {
  *count = sizeof(files) / sizeof(files[0]);
  return files;
}
