package registry

import "slices"

// Keys of LiteLLM that have no meaning here, with the reason that the warning gives.
const (
	forCost    = "Costs and budgets are not kept here."
	forProxy   = "It belongs to LiteLLM's proxy."
	forCache   = "Answers are not cached here."
	forLogging = "Use langchaingo's callbacks, Config.Logger or OpenTelemetry."
	forRedis   = "Share what is parked through adapters/registry/redisstate."
	forLimits  = "Limits are kept by rpm and tpm."
	forTags    = "Calls carry no tags here."
)

var idleParams = slices.Concat(
	idles[*draft](forCost, "*cost*", "max_budget", "budget_duration", "soft_budget", "ptu_count"),
	idles[*draft](forLimits, "itpm", "otpm", "max_parallel_requests"),
	idles[*draft](forTags, "tags", "tag_regex"),
	idles[*draft](forCache, "cache", "caching", "cache_control_injection_points", "ttl"),
	idles[*draft](forLogging, "callbacks", "success_callback", "failure_callback", "langfuse_*", "langsmith_*", "no-log", "litellm_logging_obj", "turn_off_message_logging"),
	idles[*draft]("Tests use azuretest, the stand-in.", "mock_response", "mock_timeout", "mock_tool_calls"),
	idles[*draft](forProxy, "guardrails", "max_file_size_mb", "configurable_clientside_auth_params", "use_in_pass_through", "use_chat_completions_api",
		"merge_reasoning_content_in_choices", "allowed_openai_params", "model_info", "litellm_trace_id", "metadata", "proxy_server_request", "blocked",
		"auto_router_*", "complexity_router_*", "hf_model_name", "input_type"),
	idles[*draft]("Regions are what order and model_name say.", "region_name"),
	idles[*draft]("The provider decides it.", "api_type", "organization", "supports_system_message", "stream", "stream_options"),
)

var idleRouter = slices.Concat(
	idles[*settingsDraft](forRedis, "redis_*"),
	idles[*settingsDraft](forCache, "cache_responses", "cache_kwargs", "caching_groups"),
	idles[*settingsDraft](forLogging, "set_verbose", "debug_level", "alerting_config", "service_logger_obj"),
	idles[*settingsDraft](forLimits, "default_max_parallel_requests"),
	idles[*settingsDraft]("Failures of every class are judged by what they are.", "allowed_fails_policy"),
	idles[*settingsDraft]("retry_policy holds for every group.", "model_group_retry_policy"),
	idles[*settingsDraft]("The service's own wait is kept to, and another deployment is tried at once.", "retry_after"),
	idles[*settingsDraft]("Strategies take no arguments here.", "routing_strategy_args"),
	idles[*settingsDraft]("A bad entry is always an error.", "ignore_invalid_deployments"),
	idles[*settingsDraft]("Clients live as long as the file that names them.", "client_ttl", "polling_interval"),
	idles[*settingsDraft](forCost, "provider_budget_config"),
	idles[*settingsDraft](forProxy, "optional_pre_call_checks", "assistants_config", "search_tools", "guardrail_list", "router_general_settings",
		"health_check_*", "enable_health_check_routing", "deployment_affinity_ttl_seconds", "content_policy_fallback_model", "default_priority", "model_group_affinity_config"),
)

var idleLitellm = slices.Concat(
	idles[*settingsDraft](forCost, "max_budget", "budget_duration", "default_internal_user_params", "max_internal_user_budget", "internal_user_budget_duration",
		"max_end_user_budget*", "*cost*", "custom_pricing"),
	idles[*settingsDraft](forCache, "cache", "cache_params", "caching", "enable_caching_on_provider_specific_optional_params", "disable_copilot_system_to_assistant"),
	idles[*settingsDraft](forLogging, "callbacks", "success_callback", "failure_callback", "service_callbacks", "callback_settings", "input_callback", "post_call_rules",
		"langfuse_*", "langsmith_*", "json_logs", "turn_off_message_logging", "redact_user_api_key_info", "redact_messages_in_exceptions",
		"log_raw_request_response", "suppress_debug_info", "datadog_*", "s3_*", "gcs_*", "prometheus_*", "otel", "require_auth_for_metrics_endpoint",
		"custom_prometheus_*", "standard_logging_payload_excluded_fields", "store_audit_logs", "telemetry", "debug_level", "verbose"),
	idles[*settingsDraft](forTags, "tag_budget_config", "extra_spend_tag_headers"),
	idles[*settingsDraft](forProxy, "guardrails", "default_team_settings", "default_team_params", "default_key_generate_params", "upperbound_key_generate_params",
		"key_generation_settings", "public_model_groups*", "user_url_validation", "forward_*", "add_user_information_to_llm_headers", "modify_params",
		"force_ipv4", "network_mock", "disable_end_user_cost_tracking*", "enable_preview_features", "enable_json_schema_validation", "check_provider_endpoint",
		"return_response_headers", "priority_reservation*", "mcp_*", "drop_unknown_params", "enable_loadbalancing_on_batch_endpoints", "model_fallbacks",
		"default_fallback_model", "num_workers", "custom_provider_map", "credential_list", "vector_store_registry", "token", "banned_keywords_list",
		"blocked_user_list", "llm_guard_*", "google_moderation_*", "presidio_*", "output_parse_pii", "max_ui_session_budget", "ui_theme_config"),
)
