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
static const unsigned char prices[] = {
#embed "../../Prices/prices.json"
};
static const unsigned char agents[] = {
#embed "../../Seeds/agents.json"
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
    {"Prices/prices.json", prices, sizeof(prices)},
    {"Seeds/agents.json", agents, sizeof(agents)},
    {"Sources/Dashboard/index.html", dashboard, sizeof(dashboard)},
};

const cassets_file *cassets_files(size_t *count) {
  *count = sizeof(files) / sizeof(files[0]);
  return files;
}
