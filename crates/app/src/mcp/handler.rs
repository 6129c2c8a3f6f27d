//! The methods of the protocol, in both eras.
//!
//! Narrows offers tools of its own, and the resources and prompts of the servers.
#![expect(deprecated, reason = "clients of the older era set the level of a log")]

use host::Client;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
        CustomRequest, CustomResult, DiscoverResult, GetPromptRequestParams, GetPromptResponse,
        Implementation, InitializeRequestParams, InitializeResult, ListPromptsResult,
        ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
        ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig,
        ServerResult, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool,
        UnsubscribeRequestParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};

use tools::Method;

use super::{Face, asking::SentAgain, beside::Answered, definitions, refusals, requests};

/// The definitions are part of the program.
const TOOLS_TTL_MS: u64 = 24 * 60 * 60 * 1000;

impl ServerHandler for Face {
    /// Without the instructions: the SDK asks for this at every request.
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new("narrows", env!("CARGO_PKG_VERSION")).with_title("Narrows");
        let offered = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_completions()
            .enable_logging();
        ServerConfig::new(offered.build()).with_server_info(about)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        let greeting = self.negotiate_initialize(&request)?;
        Ok(greeting.with_instructions(self.instructions().await))
    }

    async fn discover(&self, _context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let info = self.get_info().with_instructions(self.instructions().await);
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, info))
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut list = ListToolsResult::with_all_items(definitions::definitions());
        if is_modern(&context) {
            list.ttl_ms = Some(TOOLS_TTL_MS);
            list.cache_scope = Some(CacheScope::Public);
        }
        Ok(list)
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(self.list_all(Method::ListPrompts, &context).await))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        Ok(match self.prompt(request, &context).await? {
            Answered::Result(prompt) => prompt.into(),
            Answered::Asks(question) => GetPromptResponse::InputRequired(question),
        })
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(self.list_all(Method::ListResources, &context).await))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = self.list_all(Method::ListTemplates, &context).await;
        Ok(ListResourceTemplatesResult::with_all_items(templates))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Ok(match self.read(request, &context).await? {
            Answered::Result(contents) => contents.into(),
            Answered::Asks(question) => ReadResourceResponse::InputRequired(question),
        })
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.subscribe_to(&request.uri, &context).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.unsubscribe_from(&request.uri, &context).await;
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.tell_subscribed(&context, &Client::local()).await;
        Ok(())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.tell_news(&context);
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.completed(request, &context).await
    }

    /// The newer era has no such method.
    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if is_modern(&context) {
            return Err(refusals::no_method("logging/setLevel"));
        }
        self.hear_from(request.level, &context).await;
        Ok(())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        definitions::definitions().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let again = SentAgain::of_params(&request);
        let CallToolRequestParams { name, arguments, .. } = request;
        Ok(self.reply(&name, arguments, again, &context).await?.into())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // Clients of the stateless era say in every request who they are, and have no such method.
        if request.method == "initialize" && !context.meta.is_empty() {
            return Err(refusals::no_method("initialize"));
        }
        if is_modern(&context) && refusals::REMOVED.contains(&request.method.as_str()) {
            return Err(refusals::no_method(&request.method));
        }
        let params = request.params.clone();
        match requests::mended(&request) {
            Some((tool, arguments)) => {
                let again = SentAgain::of_json(params.as_ref());
                let response = self.reply(&tool, Some(arguments), again, &context).await?.into();
                let value = serde_json::to_value(result_of(response, &context));
                value.map(CustomResult).map_err(|error| ErrorData::internal_error(error.to_string(), None))
            }
            None => Err(refusals::misfit(request)),
        }
    }
}

/// The result of a request that the SDK does not know, as it makes those of the others.
fn result_of(response: CallToolResponse, context: &RequestContext<RoleServer>) -> ServerResult {
    match response {
        CallToolResponse::Complete(mut result) => {
            if !is_modern(context) {
                result.result_type = None;
            }
            ServerResult::CallToolResult(result)
        }
        other => other.into(),
    }
}

pub(super) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context
        .protocol_version()
        .is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}
