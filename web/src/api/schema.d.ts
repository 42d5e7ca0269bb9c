// Generated from the API's own description: npm run api

export interface paths {
    "/api/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_agents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_agent"];
        put: operations["put_agent"];
        post?: never;
        delete: operations["delete_agent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{name}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reactivate_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{name}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["suspend_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit_streams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_audit_streams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit_streams/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_audit_stream"];
        put: operations["put_audit_stream"];
        post?: never;
        delete: operations["delete_audit_stream"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["verify_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["sign_in_by_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["show_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/invitation/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["make_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["sign_in_by_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["sign_in_by_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/passkey/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["begin_sign_in_by_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["sign_in_by_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/set-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["complete_set_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budget-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_budget_requests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budget-requests/{request_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["approve_budget_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budget-requests/{request_id}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["refuse_budget_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budget-states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_budget_states"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_budgets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budgets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_budget"];
        put: operations["put_budget"];
        post?: never;
        delete: operations["delete_budget"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/budgets/{name}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_budget_state"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_conversations"];
        put?: never;
        post: operations["begin_conversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_conversation"];
        put?: never;
        post?: never;
        delete: operations["delete_conversation"];
        options?: never;
        head?: never;
        patch: operations["change_conversation"];
        trace?: never;
    };
    "/api/chat/conversations/{conversation_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_conversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{conversation_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/conversations/{conversation_id}/turns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ask_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["begin_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/files/{file_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_file"];
        put?: never;
        post?: never;
        delete: operations["delete_file"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/files/{file_id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_file_content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/files/{file_id}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["finish_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/files/{file_id}/pieces/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["put_file_piece"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/messages/{message_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["rate_answer"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/messages/{message_id}/regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["answer_again"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_chat_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/runs/{run_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["stop_answer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/runs/{run_id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["stream_answer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["search_conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_deployments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_deployment"];
        put: operations["put_deployment"];
        post?: never;
        delete: operations["delete_deployment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deployments/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["test_deployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["explain_decision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/explain/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_usable_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_grants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/grants/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_grant"];
        put: operations["put_grant"];
        post?: never;
        delete: operations["delete_grant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_group"];
        put: operations["put_group"];
        post?: never;
        delete: operations["delete_group"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_invitations"];
        put?: never;
        post: operations["create_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/{invitation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["revoke_invitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_keys"];
        put?: never;
        post: operations["create_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{key_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["revoke_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["rotate_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{key_id}/unfreeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["unfreeze_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["show_ledger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ledger/bills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["enter_bill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ledger/corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["correct_attempt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ledger/periods/{month}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_period"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/limits/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_limit"];
        put: operations["put_limit"];
        post?: never;
        delete: operations["delete_limit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/local-servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["find_local_servers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["me"];
        put?: never;
        post?: never;
        delete: operations["delete_me"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/abilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_abilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/budget-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_own_requests"];
        put?: never;
        post: operations["ask_for_more"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_own_budgets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["take_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_own_keys"];
        put?: never;
        post: operations["create_own_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/keys/{key_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["revoke_own_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/keys/{key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["rotate_own_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/organisation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["enter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_passkeys"];
        put?: never;
        post: operations["add_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/passkeys/{passkey_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["remove_passkey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["begin_adding_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["renew_recovery_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_sessions"];
        put?: never;
        post?: never;
        delete: operations["end_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["end_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/step-up/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["by_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/step-up/passkey/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["begin_step_up_by_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/step-up/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["by_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["new_totp"];
        delete: operations["remove_totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["confirm_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_own_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/usage/totals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_own_totals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_model"];
        put: operations["put_model"];
        post?: never;
        delete: operations["delete_model"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/organisation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_organisation"];
        put: operations["put_organisation"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_accounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/accounts/{account_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_account"];
        put?: never;
        post?: never;
        delete: operations["delete_account"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/accounts/{account_id}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reactivate_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/accounts/{account_id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["suspend_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/organisations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_organisations"];
        put?: never;
        post: operations["create_organisation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/organisations/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_organisation_from_outside"];
        put?: never;
        post?: never;
        delete: operations["delete_organisation"];
        options?: never;
        head?: never;
        patch: operations["rename_organisation"];
        trace?: never;
    };
    "/api/platform/organisations/{name}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reactivate_organisation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/platform/organisations/{name}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["suspend_organisation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_price"];
        put: operations["put_price"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/prices/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_model_prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/principals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_principals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_projects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_project"];
        put: operations["put_project"];
        post?: never;
        delete: operations["delete_project"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/provider-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_provider_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/provider-presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_provider_presets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/providers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_provider"];
        put: operations["put_provider"];
        post?: never;
        delete: operations["delete_provider"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_roles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/roles/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_role"];
        put: operations["put_role"];
        post?: never;
        delete: operations["delete_role"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_secrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["put_secret"];
        post?: never;
        delete: operations["delete_secret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/service_accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_service_accounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/service_accounts/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_service_account"];
        put: operations["put_service_account"];
        post?: never;
        delete: operations["delete_service_account"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/service_accounts/{name}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reactivate_service_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/service_accounts/{name}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["suspend_service_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_teams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/teams/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_team"];
        put: operations["put_team"];
        post?: never;
        delete: operations["delete_team"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/totals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_totals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_users"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_user"];
        put: operations["put_user"];
        post?: never;
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{name}/hand-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["hand_over_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{name}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["reactivate_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{name}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["suspend_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AbilitiesBody: {
            approve: ("agent" | "audit" | "audit_stream" | "budget" | "collection" | "deployment" | "grant" | "group" | "invitation" | "key" | "limit" | "model" | "organisation" | "price" | "project" | "provider" | "role" | "secret" | "service_account" | "session" | "team" | "tool" | "usage" | "user")[];
            manage: ("agent" | "audit" | "audit_stream" | "budget" | "collection" | "deployment" | "grant" | "group" | "invitation" | "key" | "limit" | "model" | "organisation" | "price" | "project" | "provider" | "role" | "secret" | "service_account" | "session" | "team" | "tool" | "usage" | "user")[];
            own_keys: boolean;
            read: ("agent" | "audit" | "audit_stream" | "budget" | "collection" | "deployment" | "grant" | "group" | "invitation" | "key" | "limit" | "model" | "organisation" | "price" | "project" | "provider" | "role" | "secret" | "service_account" | "session" | "team" | "tool" | "usage" | "user")[];
            use: ("agent" | "audit" | "audit_stream" | "budget" | "collection" | "deployment" | "grant" | "group" | "invitation" | "key" | "limit" | "model" | "organisation" | "price" | "project" | "provider" | "role" | "secret" | "service_account" | "session" | "team" | "tool" | "usage" | "user")[];
        };
        AccountBody: {
            /** Format: date-time */
            created_at: string;
            display_name: string;
            email: string;
            /** Format: uuid */
            id: string;
            organisations: string[];
            platform_administrator: boolean;
            suspended_at: string | null;
        };
        AccountPage: {
            accounts: components["schemas"]["AccountBody"][];
            next_cursor: string | null;
        };
        ActorBody: {
            address: string;
            /** @enum {string} */
            kind: "user" | "service_account" | "agent" | "platform_administrator" | "operator" | "system" | "nobody";
            name: string;
            organisation_id: string | null;
            principal_id: string | null;
            /** @enum {string} */
            via: "key" | "session" | "command_line" | "background" | "link" | "none";
            via_id: string | null;
        };
        AddedPasskeyBody: {
            passkey: components["schemas"]["PasskeyBody"];
            recovery_codes: string[];
        };
        AgainBody: {
            model?: string | null;
            parameters?: components["schemas"]["ParametersBody"] | null;
        };
        AgentObject: {
            entry: components["schemas"]["ProgramEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        AgentObjectPage: {
            agents: components["schemas"]["AgentObject"][];
            next_cursor: string | null;
        };
        AlertEntry: {
            at_percent: number;
            /** @default null */
            mail?: string | null;
            /** @default null */
            secret?: components["schemas"]["SecretReference"] | null;
            /** @default null */
            webhook?: string | null;
        };
        ApplyBody: {
            files: components["schemas"]["FileBody"][];
            /** @default false */
            may_delete?: boolean;
            plan_id?: string | null;
        };
        AtEndEntry: {
            /**
             * @default refuse
             * @enum {unknown}
             */
            do?: "downgrade" | "refuse" | "wait";
            /** @default null */
            model?: string | null;
            /** @default null */
            seconds?: number | null;
        };
        AuditStreamObject: {
            entry: components["schemas"]["StreamEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        AuditStreamObjectPage: {
            audit_streams: components["schemas"]["AuditStreamObject"][];
            next_cursor: string | null;
        };
        BalanceBody: {
            account: string;
            amount_nanousd: number;
            /** Format: date */
            month: string;
            name: string;
        };
        BandEntry: {
            above: number;
            per_million: components["schemas"]["TokenPrices"];
        };
        BillBody: {
            lines: components["schemas"]["BillLineBody"][];
            provider: string;
            /** @default  */
            reason?: string;
            source: string;
        };
        BillLineBody: {
            attempt_id?: string | null;
            cost_nanousd: number;
            provider_request_id?: string | null;
        };
        BudgetEntry: {
            /** @default [] */
            alerts?: components["schemas"]["AlertEntry"][];
            /** @default {} */
            at_end?: components["schemas"]["AtEndEntry"];
            /** @default null */
            each?: ("key" | "principal" | "project" | "run") | null;
            /** @default true */
            hard?: boolean;
            limit_usd: string;
            /** @default null */
            models?: string[] | null;
            /** @default organisation */
            of?: string;
            /** @default null */
            owner?: string | null;
            /** @default {} */
            period?: components["schemas"]["PeriodEntry"];
            /** @default null */
            products?: string[] | null;
        };
        BudgetObject: {
            entry: components["schemas"]["BudgetEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        BudgetObjectPage: {
            budgets: components["schemas"]["BudgetObject"][];
            next_cursor: string | null;
        };
        CallLossesBody: {
            reply: components["schemas"]["LostLeafBody"][];
            request: components["schemas"]["LostLeafBody"][];
            unlisted: number;
        };
        CeilingEntry: {
            per_million: components["schemas"]["TokenPrices"];
            /** @default null */
            per_request?: string | null;
        };
        ChatFileBody: {
            characters: number | null;
            cut: boolean;
            height: number | null;
            /** Format: uuid */
            id: string;
            kind: ("image" | "text" | "pages") | null;
            media_type: string;
            name: string;
            pages: number | null;
            piece_bytes: number;
            size: number;
            /** @enum {string} */
            state: "arriving" | "ready";
            width: number | null;
        };
        CodeBody: {
            challenge: string;
            code: string;
        };
        ConditionsEntry: {
            /** @default null */
            cost_above_usd?: string | null;
            /** @default null */
            cost_at_most_usd?: string | null;
            /** @default null */
            data_classes?: ("confidential" | "internal" | "public" | "restricted")[] | null;
            /** @default [] */
            hours?: components["schemas"]["HoursEntry"][];
            /** @default null */
            not_after?: string | null;
            /** @default null */
            not_before?: string | null;
            /** @default null */
            products?: string[] | null;
            /** @default {} */
            where?: {
                [key: string]: string[];
            };
            /** @default {} */
            where_not?: {
                [key: string]: string[];
            };
        };
        ConfirmTotpBody: {
            challenge: string;
            code: string;
        };
        ConversationBody: {
            /** Format: date-time */
            created_at: string;
            current_message_id: string | null;
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            model: string | null;
            parameters: components["schemas"]["ParametersBody"];
            system_prompt: string;
            temporary: boolean;
            title: string;
            /** @enum {string} */
            titled_by: "words" | "wanted" | "coming" | "model" | "person";
            /** Format: date-time */
            updated_at: string;
        };
        ConversationChangeBody: {
            current_message_id?: string | null;
            model?: string | null;
            parameters?: components["schemas"]["ParametersBody"] | null;
            system_prompt?: string | null;
            title?: string | null;
        };
        ConversationPage: {
            conversations: components["schemas"]["ConversationBody"][];
            next_cursor: string | null;
        };
        CorrectionBody: {
            /** Format: uuid */
            attempt_id: string;
            cost_nanousd: number;
            /** @default  */
            reason?: string;
            source: string;
        };
        CreatedOrganisationBody: {
            admin_key: string | null;
            /** Format: date-time */
            created_at: string;
            display_name: string;
            invitation: string | null;
            name: string;
            people: number;
            suspended_at: string | null;
        };
        Credential: {
            /** @default null */
            env?: string | null;
            /** @default null */
            file?: string | null;
            /** @default null */
            stored?: string | null;
        };
        DatabaseHealthBody: {
            answered_in_ms: number;
            connections: number;
            most_connections: number;
            size_bytes: number;
            version: string;
        };
        DeploymentBody: {
            allowed: boolean;
            name: string;
        };
        DeploymentEntry: {
            /** @default {} */
            profile?: components["schemas"]["ProfileEntry"];
            provider: string;
            upstream_model: string;
        };
        DeploymentObject: {
            entry: components["schemas"]["DeploymentEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        DeploymentObjectPage: {
            deployments: components["schemas"]["DeploymentObject"][];
            next_cursor: string | null;
        };
        DifferenceBody: {
            after: unknown;
            before: unknown;
            field: string;
        };
        DiscountEntry: {
            /** @default * */
            model?: string;
            percent: string;
            provider: string;
            /** @default  */
            source?: string;
            /** @default null */
            valid_from?: string | null;
            /** @default null */
            valid_until?: string | null;
        };
        DocumentBody: {
            files: components["schemas"]["FileBody"][];
        };
        drawbridge__chat__bodies__TotalsBody: {
            answers: number;
            cost_nanousd: number;
            input_tokens: number;
            output_tokens: number;
            running: number;
            unpriced: number;
        };
        drawbridge__config__documents__http__ChangeBody: {
            /** @enum {string} */
            action: "delete" | "create" | "update" | "adopt";
            differences: components["schemas"]["DifferenceBody"][];
            goes_with_it: string | null;
            name: string;
            section: string;
        };
        drawbridge__identity__organisations__http__OrganisationBody: {
            /** Format: date-time */
            created_at: string;
            display_name: string;
            name: string;
            people: number;
            suspended_at: string | null;
        };
        drawbridge__identity__signin__http__AnswerBody: {
            challenge: string;
            credential: {
                [key: string]: unknown;
            };
        };
        drawbridge__identity__signin__own__http__OrganisationBody: {
            display_name: string;
            name: string;
            user: string;
        };
        drawbridge__policy__shown__ChangeBody: {
            delete: string[];
            yaml: string;
        };
        drawbridge__usage__budgets__http__AnswerBody: {
            /** @default  */
            answer?: string;
        };
        drawbridge__usage__http__TotalsBody: {
            by: ("principal" | "team" | "project" | "product" | "model" | "deployment" | "provider" | "vendor" | "key" | "session" | "client" | "outcome" | "day" | "hour")[];
            is_complete: boolean;
            totals: components["schemas"]["TotalBody"][];
        };
        EndedBody: {
            ended: number;
        };
        EnterBody: {
            organisation: string;
        };
        EnteredBody: {
            confirmed: number;
            corrected: number;
            difference: number;
            differing: number;
            repeated: number;
            unknown: number;
        };
        Error: {
            error: {
                code: string;
                message: string;
                problems?: components["schemas"]["Problem"][];
            };
        };
        EventBody: {
            action: string;
            actor: components["schemas"]["ActorBody"];
            detail: {
                [key: string]: unknown;
            };
            hash: string;
            /** Format: uuid */
            id: string;
            number: number;
            object_kind: string;
            object_name: string;
            /** @enum {string} */
            outcome: "done" | "denied" | "failed";
            previous_hash: string;
            /** Format: date-time */
            time: string;
        };
        EventPage: {
            events: components["schemas"]["EventBody"][];
            next_cursor: string | null;
        };
        ExchangeRateEntry: {
            currency: string;
            usd: string;
            valid_from: string;
        };
        ExplanationBody: {
            allowed: boolean;
            change: components["schemas"]["drawbridge__policy__shown__ChangeBody"];
            deployments: components["schemas"]["DeploymentBody"][];
            in_words: string;
            kind: string;
            names: string[];
            rules: components["schemas"]["RuleBody"][];
            /** @enum {string} */
            verdict: "allowed" | "denied_by_rule" | "allowed_by_none";
        };
        ExportBody: {
            files: components["schemas"]["FileBody"][];
        };
        FailureBody: {
            code: string;
            message: string;
        };
        FeedbackBody: {
            /** @default  */
            note?: string;
            rating: ("good" | "bad") | null;
        };
        FileBody: {
            /** @default drawbridge.yaml */
            name?: string;
            text: string;
        };
        FilePartBody: {
            /** Format: uuid */
            id: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "file";
        };
        FoundMessageBody: {
            /** Format: uuid */
            conversation_id: string;
            conversation_title: string;
            /** Format: date-time */
            created_at: string;
            file: string | null;
            /** Format: uuid */
            message_id: string;
            pieces: components["schemas"]["PieceBody"][];
            /** @enum {string} */
            role: "user" | "assistant";
        };
        FoundPage: {
            messages: components["schemas"]["FoundMessageBody"][];
            next_cursor: string | null;
            titles: components["schemas"]["FoundTitleBody"][];
        };
        FoundServerBody: {
            base_url: string;
            models: string[];
            preset: string;
            title: string;
        };
        FoundServersBody: {
            servers: components["schemas"]["FoundServerBody"][];
        };
        FoundTitleBody: {
            /** Format: uuid */
            conversation_id: string;
            pieces: components["schemas"]["PieceBody"][];
            title: string;
            /** Format: date-time */
            updated_at: string;
        };
        GrantEntry: {
            /**
             * @default allow
             * @enum {unknown}
             */
            effect?: "allow" | "deny";
            /** @default null */
            may?: ("*" | "approve" | "manage" | "read" | "use")[] | null;
            /** @default null */
            on?: string[] | null;
            /** @default  */
            reason?: string;
            /** @default null */
            role?: string | null;
            to: string | string[];
            /** @default {} */
            when?: components["schemas"]["ConditionsEntry"];
            /** @default null */
            within?: string | null;
        };
        GrantObject: {
            entry: components["schemas"]["GrantEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        GrantObjectPage: {
            grants: components["schemas"]["GrantObject"][];
            next_cursor: string | null;
        };
        GroupEntry: {
            /** @default  */
            display_name?: string;
            /** @default null */
            parent?: string | null;
        };
        GroupObject: {
            entry: components["schemas"]["GroupEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        GroupObjectPage: {
            groups: components["schemas"]["GroupObject"][];
            next_cursor: string | null;
        };
        HandedOverBody: {
            teams: string[];
        };
        HandingOverBody: {
            to: string;
        };
        HealthBody: {
            /** Format: date-time */
            at: string;
            installation: components["schemas"]["InstallationBody"] | null;
            problems: components["schemas"]["ProblemBody"][];
            providers: components["schemas"]["ProviderHealthBody"][];
        };
        HourEntry: {
            amount: string;
            /** @default 1 */
            shared_by?: number;
        };
        HoursEntry: {
            begins: string;
            days: ("fri" | "mon" | "sat" | "sun" | "thu" | "tue" | "wed")[];
            ends: string;
            zone: string;
        };
        InstallationBody: {
            database: components["schemas"]["DatabaseHealthBody"];
            queue: components["schemas"]["QueueHealthBody"];
            usage: components["schemas"]["UsageHealthBody"];
            versions: components["schemas"]["VersionsBody"];
            workers: components["schemas"]["WorkerHealthBody"][];
        };
        InvitationBody: {
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            invited_by: string;
            /** @enum {string} */
            state: "open" | "used" | "revoked" | "expired";
            user: string;
        };
        InvitationPage: {
            invitations: components["schemas"]["InvitationBody"][];
            next_cursor: string | null;
        };
        InvitedAccountBody: {
            /** @default  */
            display_name?: string;
            password: string;
            token: string;
        };
        IssuedInvitationBody: {
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            invited_by: string;
            link: string;
            /** @enum {string} */
            state: "open" | "used" | "revoked" | "expired";
            user: string;
        };
        IssuedKeyBody: {
            admin: boolean;
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            frozen_at: string | null;
            hint: string;
            /** Format: uuid */
            id: string;
            key: string | null;
            name: string;
            owner: string;
            /** @enum {string} */
            owner_kind: "user" | "service_account" | "agent";
            project: string | null;
            replaces: string | null;
            revoked_at: string | null;
            /** @enum {string} */
            state: "active" | "expired" | "revoked";
            strict: boolean;
        };
        JoinedBody: {
            organisation: string;
            user: string;
        };
        KeyBody: {
            admin: boolean;
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            frozen_at: string | null;
            hint: string;
            /** Format: uuid */
            id: string;
            name: string;
            owner: string;
            /** @enum {string} */
            owner_kind: "user" | "service_account" | "agent";
            project: string | null;
            replaces: string | null;
            revoked_at: string | null;
            /** @enum {string} */
            state: "active" | "expired" | "revoked";
            strict: boolean;
        };
        KeyPage: {
            keys: components["schemas"]["KeyBody"][];
            next_cursor: string | null;
        };
        LedgerBody: {
            balances: components["schemas"]["BalanceBody"][];
            periods: components["schemas"]["PeriodBody"][];
        };
        LimitEntry: {
            /** @default null */
            concurrency?: number | null;
            /** @default null */
            each?: ("key" | "principal" | "project" | "team") | null;
            /** @default null */
            models?: string[] | null;
            /** @default organisation */
            of?: string;
            /** @default null */
            products?: string[] | null;
            /** @default null */
            requests?: components["schemas"]["RateEntry"] | null;
            /** @default null */
            tokens?: components["schemas"]["RateEntry"] | null;
        };
        LimitObject: {
            entry: components["schemas"]["LimitEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        LimitObjectPage: {
            limits: components["schemas"]["LimitObject"][];
            next_cursor: string | null;
        };
        LinkBody: {
            token: string;
        };
        LossBody: {
            effect: string;
            path: string;
            reason: string;
        };
        LostLeafBody: {
            effect: string;
            path: string;
            reason: string;
        };
        MeBody: {
            display_name: string;
            email: string;
            fresh: boolean;
            organisation: string | null;
            organisations: components["schemas"]["drawbridge__identity__signin__own__http__OrganisationBody"][];
            passkeys: number;
            password: boolean;
            platform_administrator: boolean;
            recovery_codes: number;
            /** Format: uuid */
            session_id: string;
            totp: boolean;
            user: string | null;
        };
        MessageBody: {
            answered_by: string | null;
            call_id: string | null;
            /** Format: uuid */
            conversation_id: string;
            cost_nanousd: number | null;
            /** Format: date-time */
            created_at: string;
            deployment: string | null;
            estimated: boolean;
            failure: components["schemas"]["FailureBody"] | null;
            /** Format: uuid */
            id: string;
            input_tokens: number | null;
            losses: components["schemas"]["LossBody"][];
            model: string | null;
            note: string;
            output_tokens: number | null;
            parameters: components["schemas"]["ParametersBody"];
            parent_id: string | null;
            parts: {
                [key: string]: unknown;
            }[];
            rating: ("good" | "bad") | null;
            /** @enum {string} */
            role: "user" | "assistant";
            run_id: string | null;
            siblings: string[];
            /** @enum {string} */
            state: "running" | "complete" | "failed" | "cancelled";
            stop_reason: string | null;
        };
        MessagePage: {
            messages: components["schemas"]["MessageBody"][];
            next_cursor: string | null;
        };
        ModelEntry: {
            route: (string | components["schemas"]["RouteStep"])[];
        };
        ModelObject: {
            entry: components["schemas"]["ModelEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        ModelObjectPage: {
            models: components["schemas"]["ModelObject"][];
            next_cursor: string | null;
        };
        ModelPriceBody: {
            above_input_tokens: number;
            deployment: string;
            model: string;
            /** @enum {string} */
            origin: "own" | "list" | "discounted" | "unknown";
            per_million: {
                [key: string]: string;
            };
            per_request: string | null;
            per_unit: {
                [key: string]: string;
            };
            price_id: string | null;
            provider: string;
            source: string;
            tier: string;
            unknown: ("ceiling" | "refused" | "unpriced") | null;
            upstream_model: string;
        };
        ModelPricesBody: {
            /** Format: date-time */
            at: string;
            prices: components["schemas"]["ModelPriceBody"][];
        };
        ModelsBody: {
            models: string[];
        };
        NewChatFileBody: {
            /** @default application/octet-stream */
            media_type?: string;
            name: string;
            size: number;
        };
        NewConversationBody: {
            model?: string | null;
            /** @default {} */
            parameters?: components["schemas"]["ParametersBody"];
            /** @default  */
            system_prompt?: string;
            /** @default false */
            temporary?: boolean;
            /** @default  */
            title?: string;
            /** @default false */
            title_by_model?: boolean;
        };
        NewInvitationBody: {
            /** @default  */
            display_name?: string;
            email: string;
            /** @default [] */
            groups?: string[];
            /** @default 604800 */
            lifetime_s?: number;
            /** @default  */
            name?: string;
            /** @default [] */
            teams?: string[];
        };
        NewKeyBody: {
            /** @default false */
            admin?: boolean;
            expires_at?: string | null;
            /** @default  */
            name?: string;
            owner: string;
            project?: string | null;
            /** @default false */
            strict?: boolean;
        };
        NewOrganisationBody: {
            /** @default  */
            display_name?: string;
            invite?: string | null;
            name: string;
        };
        NewOwnKeyBody: {
            expires_at?: string | null;
            /** @default  */
            name?: string;
            project?: string | null;
            /** @default false */
            strict?: boolean;
        };
        NewPasskeyBody: {
            challenge: string;
            credential: {
                [key: string]: unknown;
            };
            name: string;
        };
        NewRequestBody: {
            budget: string;
            key_id?: string | null;
            project?: string | null;
            /** @default  */
            reason?: string;
            usd: string;
        };
        NewTotpBody: {
            address: string;
            challenge: string;
            picture: string[];
            secret: string;
        };
        OfferBody: {
            audio: boolean | null;
            context_tokens: number | null;
            documents: boolean | null;
            efforts: string[] | null;
            images: boolean | null;
            input_usd_per_million: string | null;
            max_output_tokens: number | null;
            name: string;
            output_usd_per_million: string | null;
            takes_temperature: boolean | null;
            thinks: boolean | null;
            tools: boolean | null;
            vendors: string[];
            video: boolean | null;
        };
        OffersBody: {
            models: components["schemas"]["OfferBody"][];
        };
        OptionsBody: {
            challenge: string;
            options: {
                [key: string]: unknown;
            };
        };
        OrganisationEntry: {
            /** @default  */
            display_name?: string;
            /** @default  */
            whom_to_ask?: string;
        };
        OrganisationList: {
            organisations: components["schemas"]["drawbridge__identity__organisations__http__OrganisationBody"][];
        };
        OrganisationObject: {
            entry: components["schemas"]["OrganisationEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        OverviewBody: {
            budget: string;
            fullest: components["schemas"]["WindowBody"] | null;
            windows: number;
        };
        OverviewPage: {
            budgets: components["schemas"]["OverviewBody"][];
            next_cursor: string | null;
        };
        OwnBudgetsBody: {
            windows: components["schemas"]["WindowBody"][];
        };
        OwnPasswordBody: {
            password: string;
        };
        ParametersBody: {
            max_output_tokens?: number | null;
            reasoning_effort?: ("none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max") | null;
            temperature?: number | null;
            top_p?: number | null;
        };
        PasskeyBody: {
            copied: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            last_used_at: string | null;
            name: string;
        };
        PasskeyList: {
            passkeys: components["schemas"]["PasskeyBody"][];
        };
        PasswordBody: {
            email: string;
            password: string;
        };
        PeriodBody: {
            /** Format: date */
            month: string;
            /** @enum {string} */
            state: "open" | "closing" | "closed";
        };
        PeriodChangeBody: {
            /** @enum {string} */
            state: "open" | "closing" | "closed";
        };
        PeriodEntry: {
            /** @default null */
            begins?: string | null;
            /** @default null */
            days?: number | null;
            /**
             * @default month
             * @enum {unknown}
             */
            every?: "day" | "days" | "month" | "quarter" | "total" | "week" | "year";
            /** @default UTC */
            zone?: string;
        };
        PermissionEntry: {
            may: ("*" | "approve" | "manage" | "read" | "use")[];
            on: string[];
        };
        PieceBody: {
            is_match: boolean;
            text: string;
        };
        PlanBody: {
            changes: components["schemas"]["drawbridge__config__documents__http__ChangeBody"][];
            plan_id: string;
        };
        PresetBody: {
            address_form: string;
            /** @enum {string} */
            auth: "bearer" | "x-api-key" | "x-goog-api-key" | "api-key" | "none";
            base_url: string | null;
            dialects: ("openai-chat" | "openai-responses" | "openai-embeddings" | "openai-completions" | "openai-images" | "openai-audio" | "openai-moderations" | "rerank" | "openai-files" | "openai-batches" | "anthropic-messages" | "anthropic-files" | "anthropic-batches" | "gemini" | "gemini-files" | "gemini-caches")[];
            /** @enum {string} */
            hosting: "vendor" | "own";
            is_set: boolean;
            /** @enum {string} */
            name: "openai" | "anthropic" | "gemini" | "azure" | "mistral" | "groq" | "deepseek" | "xai" | "together" | "fireworks" | "openrouter" | "cerebras" | "cohere" | "ollama" | "vllm" | "llama-cpp" | "lm-studio" | "tgi" | "rehearsal";
            title: string;
            variable: string | null;
        };
        PresetsBody: {
            presets: components["schemas"]["PresetBody"][];
        };
        PriceEntry: {
            /** @default [] */
            bands?: components["schemas"]["BandEntry"][];
            /** @default USD */
            currency?: string;
            /** @default null */
            deployment?: string | null;
            /** @default * */
            model?: string;
            /** @default null */
            per_hour?: components["schemas"]["HourEntry"] | null;
            /** @default null */
            per_million?: components["schemas"]["TokenPrices"] | null;
            /** @default null */
            per_request?: string | null;
            /** @default null */
            per_unit?: components["schemas"]["UnitPrices"] | null;
            provider: string;
            /** @default null */
            region?: string | null;
            /** @default  */
            source?: string;
            /** @default null */
            tier?: ("batch" | "flex" | "priority" | "standard") | null;
            /** @default null */
            valid_from?: string | null;
            /** @default null */
            valid_until?: string | null;
        };
        PriceObject: {
            entry: components["schemas"]["PricesEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        PricesEntry: {
            /** @default {} */
            discounts?: {
                [key: string]: components["schemas"]["DiscountEntry"];
            };
            /** @default [] */
            exchange_rates?: components["schemas"]["ExchangeRateEntry"][];
            /** @default {} */
            own?: {
                [key: string]: components["schemas"]["PriceEntry"];
            };
            /** @default null */
            unknown?: "refuse" | components["schemas"]["UnknownEntry"] | null;
        };
        PrincipalBody: {
            /** Format: date-time */
            created_at: string;
            display_name: string;
            email: string | null;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "user" | "service_account" | "agent";
            managed_by_file: boolean;
            name: string;
            suspended_at: string | null;
        };
        PrincipalPage: {
            next_cursor: string | null;
            principals: components["schemas"]["PrincipalBody"][];
        };
        ProbeBody: {
            answer: string;
            call_id: string | null;
            cost_nanousd: number | null;
            duration_ms: number | null;
            estimated: boolean;
            input_tokens: number;
            output_tokens: number;
            provider: string;
            stop_reason: string | null;
            /** @enum {string} */
            task: "conversation" | "vectors";
            time_to_first_byte_ms: number | null;
            trouble: components["schemas"]["TroubleBody"] | null;
            upstream_model: string;
        };
        Problem: {
            file?: string;
            line?: number | null;
            message: string;
            path: string;
        };
        ProblemBody: {
            about: string;
            /** @enum {string} */
            code: "connections_short" | "credential_missing" | "database_slow" | "disk_nearly_full" | "runs_wait" | "tasks_failed" | "tasks_wait" | "usage_refused" | "usage_waits" | "vendor_failing";
            /** @enum {string} */
            severity: "warning" | "broken";
        };
        ProfileEntry: {
            /** @default null */
            audio?: boolean | null;
            /** @default null */
            ceiling_usd?: string | null;
            /** @default null */
            context_tokens?: number | null;
            /** @default null */
            documents?: boolean | null;
            /** @default null */
            extensions?: string[] | null;
            /** @default null */
            images?: boolean | null;
            /** @default null */
            max_output_tokens?: number | null;
            /** @default null */
            needs_call_seals?: boolean | null;
            /** @default null */
            output_limit_member?: ("max_completion_tokens" | "max_tokens") | null;
            /** @default null */
            output_schema?: boolean | null;
            /** @default null */
            refuses?: string[] | null;
            /** @default null */
            takes_late_system?: boolean | null;
            /** @default null */
            takes_prefill?: boolean | null;
            /** @default null */
            takes_responses?: boolean | null;
            /** @default null */
            takes_sampling?: boolean | null;
            /** @default null */
            takes_temperature_with_top_p?: boolean | null;
            /** @default null */
            thinking?: ("adaptive" | "budget" | "effort" | "none") | null;
            /** @default null */
            tools?: boolean | null;
            /** @default null */
            video?: boolean | null;
        };
        ProgramEntry: {
            /** @default  */
            display_name?: string;
            /** @default [] */
            groups?: string[];
            /** @default false */
            suspended?: boolean;
            /** @default null */
            team?: string | null;
        };
        ProjectEntry: {
            /** @default null */
            data_class?: ("confidential" | "internal" | "public" | "restricted") | null;
            /** @default  */
            display_name?: string;
            /** @default null */
            team?: string | null;
        };
        ProjectObject: {
            entry: components["schemas"]["ProjectEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        ProjectObjectPage: {
            next_cursor: string | null;
            projects: components["schemas"]["ProjectObject"][];
        };
        ProviderEntry: {
            /** @default null */
            base_url?: string | null;
            /** @default null */
            credential?: components["schemas"]["Credential"] | null;
            /** @default null */
            dialects?: ("anthropic-batches" | "anthropic-files" | "anthropic-messages" | "gemini" | "gemini-caches" | "gemini-files" | "openai-audio" | "openai-batches" | "openai-chat" | "openai-completions" | "openai-embeddings" | "openai-files" | "openai-images" | "openai-moderations" | "openai-responses" | "rerank")[] | null;
            /** @default null */
            models?: "any" | null;
            /** @default null */
            preset?: ("anthropic" | "azure" | "cerebras" | "cohere" | "deepseek" | "fireworks" | "gemini" | "groq" | "llama-cpp" | "lm-studio" | "mistral" | "ollama" | "openai" | "openrouter" | "rehearsal" | "tgi" | "together" | "vllm" | "xai") | null;
            /** @default {} */
            quirks?: components["schemas"]["Quirks"];
            /** @default null */
            region?: string | null;
        };
        ProviderHealthBody: {
            attempts: number;
            credential_problem: string | null;
            failed: number;
            name: string;
            preset: string | null;
        };
        ProviderObject: {
            entry: components["schemas"]["ProviderEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        ProviderObjectPage: {
            next_cursor: string | null;
            providers: components["schemas"]["ProviderObject"][];
        };
        QuestionBody: {
            model: string;
            /** @default {} */
            parameters?: components["schemas"]["ParametersBody"];
            parent_id: string | null;
            parts: (components["schemas"]["TextPartBody"] | components["schemas"]["FilePartBody"])[];
        };
        QueueHealthBody: {
            doing: number;
            failed: number;
            oldest_run_waiting_s: number | null;
            oldest_waiting_s: number | null;
            runs_running: number;
            runs_waiting: number;
            waiting: number;
        };
        Quirks: {
            /** @default null */
            auth?: ("api-key" | "bearer" | "none" | "x-api-key" | "x-goog-api-key") | null;
            /** @default null */
            ceiling_usd?: string | null;
            /** @default null */
            max_body_bytes?: number | null;
            /** @default null */
            model_patterns?: string[] | null;
            /** @default null */
            pricing_id?: string | null;
            /** @default null */
            usage_in_stream?: ("always" | "asked" | "never") | null;
        };
        RateEntry: {
            most: number;
            /**
             * @default minute
             * @enum {unknown}
             */
            per?: "day" | "hour" | "minute" | "second";
        };
        RecoveryCodesBody: {
            recovery_codes: string[];
        };
        RenamingBody: {
            display_name: string;
        };
        RequestBody: {
            amount_nanousd: number;
            answer: string;
            asked_by: string;
            budget: string;
            /** Format: date-time */
            created_at: string;
            decided_at: string | null;
            decided_by: string | null;
            /** Format: uuid */
            id: string;
            reason: string;
            /** @enum {string} */
            state: "open" | "approved" | "refused";
        };
        RequestPage: {
            budget_requests: components["schemas"]["RequestBody"][];
            next_cursor: string | null;
        };
        RoleEntry: {
            /** @default  */
            description?: string;
            permissions: components["schemas"]["PermissionEntry"][];
        };
        RoleObject: {
            entry: components["schemas"]["RoleEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        RoleObjectPage: {
            next_cursor: string | null;
            roles: components["schemas"]["RoleObject"][];
        };
        RotationBody: {
            expires_at?: string | null;
            /** @default 0 */
            grace_s?: number;
        };
        RouteStep: {
            deployment: string;
            /** @default 1 */
            weight?: number;
        };
        RuleBody: {
            applies: boolean;
            /** @enum {string} */
            effect: "allow" | "deny";
            fails: string[];
            grant: string;
            reason: string;
            resource: string;
            role: string | null;
            subject: string;
            unknown: string[];
            who: string;
        };
        SecretBody: {
            /** Format: date-time */
            created_at: string;
            name: string;
        };
        SecretPage: {
            next_cursor: string | null;
            secrets: components["schemas"]["SecretBody"][];
        };
        SecretReference: {
            /** @default null */
            env?: string | null;
            /** @default null */
            file?: string | null;
            /** @default null */
            stored?: string | null;
        };
        SecretValueBody: {
            value: string;
        };
        ServedBody: {
            models: string[];
            trouble: components["schemas"]["TroubleBody"] | null;
        };
        ServiceAccountObject: {
            entry: components["schemas"]["ProgramEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        ServiceAccountObjectPage: {
            next_cursor: string | null;
            service_accounts: components["schemas"]["ServiceAccountObject"][];
        };
        SessionBody: {
            address: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_seen_at: string;
            method: string;
            this: boolean;
            user_agent: string;
        };
        SessionList: {
            sessions: components["schemas"]["SessionBody"][];
        };
        SetUpBody: {
            /** @default  */
            display_name?: string;
            email: string;
            password: string;
            token: string;
        };
        ShownInvitationBody: {
            display_name: string;
            email: string;
            /** Format: date-time */
            expires_at: string;
            organisation: string;
            user: string;
        };
        SignedInBody: {
            challenge?: string | null;
            second_factor?: "code" | null;
            session_id?: string | null;
            signed_in: boolean;
        };
        StandingBody: {
            /** @enum {string} */
            kind: "user" | "service_account" | "agent";
            name: string;
            suspended_at: string | null;
        };
        StateBody: {
            next_cursor: string | null;
            windows: components["schemas"]["WindowBody"][];
        };
        StreamEntry: {
            /**
             * @default jsonl
             * @enum {unknown}
             */
            format?: "jsonl" | "ocsf";
            /** @default null */
            syslog?: components["schemas"]["SyslogEntry"] | null;
            /** @default null */
            webhook?: components["schemas"]["WebhookEntry"] | null;
        };
        SyslogEntry: {
            host: string;
            /** @default 6514 */
            port?: number;
            /** @default true */
            tls?: boolean;
        };
        TeamEntry: {
            /** @default  */
            display_name?: string;
            /** @default null */
            parent?: string | null;
        };
        TeamObject: {
            entry: components["schemas"]["TeamEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        TeamObjectPage: {
            next_cursor: string | null;
            teams: components["schemas"]["TeamObject"][];
        };
        TextPartBody: {
            text: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "text";
        };
        TokenPrices: {
            /** @default null */
            audio_input?: string | null;
            /** @default null */
            audio_output?: string | null;
            /** @default null */
            cache_write_1h?: string | null;
            /** @default null */
            cache_write_5m?: string | null;
            /** @default null */
            cached_read?: string | null;
            /** @default null */
            image_input?: string | null;
            /** @default null */
            image_output?: string | null;
            input: string;
            output: string;
            /** @default null */
            reasoning?: string | null;
        };
        TotalBody: {
            attempts: number;
            cost_nanousd: number;
            estimated: number;
            group: {
                [key: string]: string | null;
            };
            ids: {
                [key: string]: string | null;
            };
            input_audio_tokens: number;
            input_cache_write_1h_tokens: number;
            input_cache_write_5m_tokens: number;
            input_cached_tokens: number;
            input_image_tokens: number;
            input_tokens: number;
            output_audio_tokens: number;
            output_image_tokens: number;
            output_reasoning_tokens: number;
            output_tokens: number;
            overage_nanousd: number;
            unpriced: number;
        };
        TroubleBody: {
            code: string;
            message: string;
            status: number | null;
        };
        TurnBody: {
            /** Format: uuid */
            message_id: string;
            /** Format: uuid */
            question_id: string;
            /** Format: uuid */
            run_id: string;
        };
        UnitPrices: {
            /** @default null */
            audio_minute?: string | null;
            /** @default null */
            cached_million_token_hour?: string | null;
            /** @default null */
            image?: string | null;
            /** @default null */
            page?: string | null;
            /** @default null */
            web_search?: string | null;
        };
        UnknownEntry: {
            ceiling: components["schemas"]["CeilingEntry"];
        };
        UsageBody: {
            /** Format: uuid */
            attempt_id: string;
            booked_cost_nanousd: number | null;
            /** Format: uuid */
            call_id: string;
            client: string | null;
            cost_nanousd: number | null;
            deployment: string;
            dialect: string;
            duration_ms: number;
            estimated: boolean;
            input_audio_tokens: number;
            input_cache_write_1h_tokens: number;
            input_cache_write_5m_tokens: number;
            input_cached_tokens: number;
            input_image_tokens: number;
            input_tokens: number;
            /** Format: uuid */
            key_id: string;
            lost: components["schemas"]["CallLossesBody"] | null;
            model: string;
            operation: string;
            /** @enum {string} */
            outcome: "ok" | "refused_by_provider" | "provider_failed" | "cut_by_provider" | "cut_by_caller" | "cut_by_us" | "lost";
            output_audio_tokens: number;
            output_image_tokens: number;
            output_reasoning_tokens: number;
            output_tokens: number;
            price_id: string | null;
            /** Format: uuid */
            principal_id: string;
            product: string;
            project_id: string | null;
            provider: string;
            provider_request_id: string | null;
            session_id: string | null;
            /** Format: date-time */
            started_at: string;
            status: number | null;
            streamed: boolean;
            team_id: string | null;
            time_to_first_byte_ms: number | null;
            upstream_model: string;
        };
        UsageHealthBody: {
            disk_free_bytes: number;
            in_flight: number;
            refusal: string | null;
            waiting_bytes: number;
        };
        UsagePage: {
            next_cursor: string | null;
            usage: components["schemas"]["UsageBody"][];
        };
        UserEntry: {
            /** @default  */
            display_name?: string;
            /** @default null */
            email?: string | null;
            /** @default [] */
            groups?: string[];
            /** @default false */
            suspended?: boolean;
            /** @default [] */
            teams?: string[];
        };
        UserObject: {
            entry: components["schemas"]["UserEntry"];
            etag: string;
            managed_by_file: boolean;
            name: string;
        };
        UserObjectPage: {
            next_cursor: string | null;
            users: components["schemas"]["UserObject"][];
        };
        VerificationBody: {
            as_recorded: boolean;
            first_wrong: number | null;
            from_number: number;
            message: string;
            roots_met: number;
            to_number: number;
        };
        VersionsBody: {
            drawbridge: string;
            python: string;
            system: string;
        };
        WebhookEntry: {
            secret: components["schemas"]["SecretReference"];
            url: string;
        };
        WholeConversationBody: {
            /** Format: date-time */
            created_at: string;
            current_message_id: string | null;
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            model: string | null;
            parameters: components["schemas"]["ParametersBody"];
            system_prompt: string;
            temporary: boolean;
            title: string;
            /** @enum {string} */
            titled_by: "words" | "wanted" | "coming" | "model" | "person";
            totals: components["schemas"]["drawbridge__chat__bodies__TotalsBody"];
            /** Format: date-time */
            updated_at: string;
        };
        WindowBody: {
            /** Format: date-time */
            begins: string;
            budget: string;
            ends: string | null;
            extra_nanousd: number;
            forecast_nanousd: number | null;
            hard: boolean;
            headroom_nanousd: number | null;
            held_nanousd: number;
            holder: string | null;
            limit_nanousd: number;
            overage_nanousd: number;
            posted_nanousd: number;
            suspense_nanousd: number;
        };
        WorkerHealthBody: {
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            seen_at: string;
            /** Format: date-time */
            started_at: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_agents: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentObjectPage"];
                };
            };
        };
    };
    get_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentObject"];
                };
            };
        };
    };
    put_agent: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProgramEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentObject"];
                };
            };
        };
    };
    delete_agent: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    reactivate_agent: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingBody"];
                };
            };
        };
    };
    suspend_agent: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingBody"];
                };
            };
        };
    };
    apply: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplyBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
        };
    };
    list_audit: {
        parameters: {
            query?: {
                action?: string | null;
                actor?: string | null;
                cursor?: string | null;
                limit?: number;
                object_kind?: string | null;
                object_name?: string | null;
                outcome?: ("done" | "denied" | "failed") | null;
                principal_id?: string | null;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
        };
    };
    list_audit_streams: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditStreamObjectPage"];
                };
            };
        };
    };
    get_audit_stream: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditStreamObject"];
                };
            };
        };
    };
    put_audit_stream: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StreamEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditStreamObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditStreamObject"];
                };
            };
        };
    };
    delete_audit_stream: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    export_audit: {
        parameters: {
            query?: {
                action?: string | null;
                actor?: string | null;
                after_number?: number;
                format?: "jsonl" | "ocsf";
                object_kind?: string | null;
                object_name?: string | null;
                outcome?: ("done" | "denied" | "failed") | null;
                principal_id?: string | null;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
        };
    };
    verify_audit: {
        parameters: {
            query?: {
                latest?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationBody"];
                };
            };
        };
    };
    sign_in_by_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInBody"];
                };
            };
        };
    };
    show_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownInvitationBody"];
                };
            };
        };
    };
    make_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitedAccountBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    sign_in_by_link: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInBody"];
                };
            };
        };
    };
    sign_in_by_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["drawbridge__identity__signin__http__AnswerBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInBody"];
                };
            };
        };
    };
    begin_sign_in_by_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptionsBody"];
                };
            };
        };
    };
    sign_in_by_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInBody"];
                };
            };
        };
    };
    complete_set_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetUpBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInBody"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_budget_requests: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                state?: ("open" | "approved" | "refused") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestPage"];
                };
            };
        };
    };
    approve_budget_request: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                request_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["drawbridge__usage__budgets__http__AnswerBody"] | null;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestBody"];
                };
            };
        };
    };
    refuse_budget_request: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                request_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["drawbridge__usage__budgets__http__AnswerBody"] | null;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestBody"];
                };
            };
        };
    };
    list_budget_states: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OverviewPage"];
                };
            };
        };
    };
    list_budgets: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetObjectPage"];
                };
            };
        };
    };
    get_budget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetObject"];
                };
            };
        };
    };
    put_budget: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetObject"];
                };
            };
        };
    };
    delete_budget: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_budget_state: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StateBody"];
                };
            };
        };
    };
    list_conversations: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationPage"];
                };
            };
        };
    };
    begin_conversation: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConversationBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationBody"];
                };
            };
        };
    };
    get_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeConversationBody"];
                };
            };
        };
    };
    delete_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    change_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConversationChangeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeConversationBody"];
                };
            };
        };
    };
    export_conversation: {
        parameters: {
            query?: {
                format?: "markdown" | "json";
            };
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "text/markdown": unknown;
                };
            };
        };
    };
    list_messages: {
        parameters: {
            query?: {
                cursor?: string | null;
                last?: string | null;
                limit?: number;
            };
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
        };
    };
    ask_model: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuestionBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TurnBody"];
                };
            };
        };
    };
    begin_file: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewChatFileBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatFileBody"];
                };
            };
        };
    };
    get_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatFileBody"];
                };
            };
        };
    };
    delete_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_file_content: {
        parameters: {
            query?: {
                form?: "original" | "shown";
            };
            header?: {
                "if-none-match"?: string | null;
            };
            path: {
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    finish_file: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatFileBody"];
                };
            };
        };
    };
    put_file_piece: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                file_id: string;
                number: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rate_answer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedbackBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBody"];
                };
            };
        };
    };
    answer_again: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AgainBody"] | null;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TurnBody"];
                };
            };
        };
    };
    list_chat_models: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OffersBody"];
                };
            };
        };
    };
    stop_answer: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    stream_answer: {
        parameters: {
            query?: {
                after?: string | null;
            };
            header?: {
                "last-event-id"?: string | null;
            };
            path: {
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    search_conversations: {
        parameters: {
            query: {
                cursor?: string | null;
                limit?: number;
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundPage"];
                };
            };
        };
    };
    list_deployments: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentObjectPage"];
                };
            };
        };
    };
    get_deployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentObject"];
                };
            };
        };
    };
    put_deployment: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeploymentEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentObject"];
                };
            };
        };
    };
    delete_deployment: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    test_deployment: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProbeBody"];
                };
            };
        };
    };
    explain_decision: {
        parameters: {
            query: {
                at?: string | null;
                cost_usd?: string | null;
                data_class?: ("public" | "internal" | "confidential" | "restricted") | null;
                may?: "use" | "read" | "manage" | "approve";
                on: string;
                product?: string | null;
                project?: string | null;
                where?: string[] | null;
                who?: string[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplanationBody"];
                };
            };
        };
    };
    list_usable_models: {
        parameters: {
            query?: {
                at?: string | null;
                cost_usd?: string | null;
                data_class?: ("public" | "internal" | "confidential" | "restricted") | null;
                product?: string | null;
                project?: string | null;
                where?: string[] | null;
                who?: string[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsBody"];
                };
            };
        };
    };
    export: {
        parameters: {
            query?: {
                all?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportBody"];
                };
            };
        };
    };
    list_grants: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantObjectPage"];
                };
            };
        };
    };
    get_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantObject"];
                };
            };
        };
    };
    put_grant: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GrantEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantObject"];
                };
            };
        };
    };
    delete_grant: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_groups: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupObjectPage"];
                };
            };
        };
    };
    get_group: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupObject"];
                };
            };
        };
    };
    put_group: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupObject"];
                };
            };
        };
    };
    delete_group: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
        };
    };
    list_invitations: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
        };
    };
    create_invitation: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvitationBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedInvitationBody"];
                };
            };
        };
    };
    revoke_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invitation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationBody"];
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: {
                admin?: boolean | null;
                cursor?: string | null;
                limit?: number;
                owner?: string | null;
                state?: ("active" | "expired" | "revoked") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
        };
    };
    create_key: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKeyBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedKeyBody"];
                };
            };
        };
    };
    revoke_key: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyBody"];
                };
            };
        };
    };
    rotate_key: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotationBody"] | null;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedKeyBody"];
                };
            };
        };
    };
    unfreeze_key: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyBody"];
                };
            };
        };
    };
    show_ledger: {
        parameters: {
            query?: {
                month?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerBody"];
                };
            };
        };
    };
    enter_bill: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BillBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnteredBody"];
                };
            };
        };
    };
    correct_attempt: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectionBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnteredBody"];
                };
            };
        };
    };
    change_period: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                month: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PeriodChangeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeriodBody"];
                };
            };
        };
    };
    list_limits: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitObjectPage"];
                };
            };
        };
    };
    get_limit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitObject"];
                };
            };
        };
    };
    put_limit: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LimitEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitObject"];
                };
            };
        };
    };
    delete_limit: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    find_local_servers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundServersBody"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeBody"];
                };
            };
        };
    };
    delete_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_abilities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbilitiesBody"];
                };
            };
        };
    };
    list_own_requests: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestPage"];
                };
            };
        };
    };
    ask_for_more: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRequestBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestBody"];
                };
            };
        };
    };
    list_own_budgets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnBudgetsBody"];
                };
            };
        };
    };
    take_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinedBody"];
                };
            };
        };
    };
    list_own_keys: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                state?: ("active" | "expired" | "revoked") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
        };
    };
    create_own_key: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOwnKeyBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedKeyBody"];
                };
            };
        };
    };
    revoke_own_key: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyBody"];
                };
            };
        };
    };
    rotate_own_key: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotationBody"] | null;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedKeyBody"];
                };
            };
        };
    };
    enter: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnterBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_passkeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyList"];
                };
            };
        };
    };
    add_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPasskeyBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedPasskeyBody"];
                };
            };
        };
    };
    remove_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                passkey_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    begin_adding_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptionsBody"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnPasswordBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedBody"];
                };
            };
        };
    };
    renew_recovery_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodesBody"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
        };
    };
    end_sessions: {
        parameters: {
            query?: {
                keep_this?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndedBody"];
                };
            };
        };
    };
    end_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    by_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["drawbridge__identity__signin__http__AnswerBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    begin_step_up_by_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptionsBody"];
                };
            };
        };
    };
    by_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnPasswordBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    new_totp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewTotpBody"];
                };
            };
        };
    };
    remove_totp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    confirm_totp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmTotpBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodesBody"];
                };
            };
        };
    };
    list_own_events: {
        parameters: {
            query?: {
                call_id?: string | null;
                client?: string | null;
                cursor?: string | null;
                deployment?: string | null;
                estimated?: boolean | null;
                format?: ("json" | "csv") | null;
                key_id?: string | null;
                limit?: number;
                model?: string | null;
                outcome?: ("ok" | "refused_by_provider" | "provider_failed" | "cut_by_provider" | "cut_by_caller" | "cut_by_us" | "lost") | null;
                principal?: string | null;
                principal_id?: string | null;
                product?: string | null;
                project?: string | null;
                provider?: string | null;
                session_id?: string | null;
                since?: string | null;
                team?: string | null;
                until?: string | null;
                vendor?: string | null;
            };
            header?: {
                accept?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsagePage"];
                    "text/csv": string;
                };
            };
        };
    };
    list_own_totals: {
        parameters: {
            query?: {
                by?: (("principal" | "team" | "project" | "product" | "model" | "deployment" | "provider" | "vendor" | "key" | "session" | "client" | "outcome" | "day" | "hour") | "person")[];
                call_id?: string | null;
                client?: string | null;
                deployment?: string | null;
                estimated?: boolean | null;
                format?: ("json" | "csv") | null;
                key_id?: string | null;
                limit?: number;
                model?: string | null;
                outcome?: ("ok" | "refused_by_provider" | "provider_failed" | "cut_by_provider" | "cut_by_caller" | "cut_by_us" | "lost") | null;
                principal?: string | null;
                principal_id?: string | null;
                product?: string | null;
                project?: string | null;
                provider?: string | null;
                session_id?: string | null;
                since?: string | null;
                team?: string | null;
                until?: string | null;
                vendor?: string | null;
            };
            header?: {
                accept?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["drawbridge__usage__http__TotalsBody"];
                    "text/csv": string;
                };
            };
        };
    };
    list_models: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelObjectPage"];
                };
            };
        };
    };
    get_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelObject"];
                };
            };
        };
    };
    put_model: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelObject"];
                };
            };
        };
    };
    delete_model: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_organisation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationObject"];
                };
            };
        };
    };
    put_organisation: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganisationEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationObject"];
                };
            };
        };
    };
    plan: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DocumentBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
        };
    };
    list_accounts: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountPage"];
                };
            };
        };
    };
    get_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
        };
    };
    delete_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
        };
    };
    reactivate_account: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
        };
    };
    suspend_account: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                account_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
        };
    };
    list_organisations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationList"];
                };
            };
        };
    };
    create_organisation: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOrganisationBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedOrganisationBody"];
                };
            };
        };
    };
    get_organisation_from_outside: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["drawbridge__identity__organisations__http__OrganisationBody"];
                };
            };
        };
    };
    delete_organisation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rename_organisation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenamingBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["drawbridge__identity__organisations__http__OrganisationBody"];
                };
            };
        };
    };
    reactivate_organisation: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["drawbridge__identity__organisations__http__OrganisationBody"];
                };
            };
        };
    };
    suspend_organisation: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["drawbridge__identity__organisations__http__OrganisationBody"];
                };
            };
        };
    };
    get_price: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceObject"];
                };
            };
        };
    };
    put_price: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PricesEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceObject"];
                };
            };
        };
    };
    list_model_prices: {
        parameters: {
            query?: {
                at?: string | null;
                model?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelPricesBody"];
                };
            };
        };
    };
    list_principals: {
        parameters: {
            query?: {
                cursor?: string | null;
                kind?: ("user" | "service_account" | "agent") | null;
                limit?: number;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrincipalPage"];
                };
            };
        };
    };
    list_projects: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectObjectPage"];
                };
            };
        };
    };
    get_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectObject"];
                };
            };
        };
    };
    put_project: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectObject"];
                };
            };
        };
    };
    delete_project: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_provider_models: {
        parameters: {
            query: {
                provider: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServedBody"];
                };
            };
        };
    };
    list_provider_presets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresetsBody"];
                };
            };
        };
    };
    list_providers: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderObjectPage"];
                };
            };
        };
    };
    get_provider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderObject"];
                };
            };
        };
    };
    put_provider: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderObject"];
                };
            };
        };
    };
    delete_provider: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_roles: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleObjectPage"];
                };
            };
        };
    };
    get_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleObject"];
                };
            };
        };
    };
    put_role: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleObject"];
                };
            };
        };
    };
    delete_role: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_secrets: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretPage"];
                };
            };
        };
    };
    put_secret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecretValueBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretBody"];
                };
            };
        };
    };
    delete_secret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_service_accounts: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountObjectPage"];
                };
            };
        };
    };
    get_service_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountObject"];
                };
            };
        };
    };
    put_service_account: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProgramEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountObject"];
                };
            };
        };
    };
    delete_service_account: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    reactivate_service_account: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingBody"];
                };
            };
        };
    };
    suspend_service_account: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingBody"];
                };
            };
        };
    };
    list_teams: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamObjectPage"];
                };
            };
        };
    };
    get_team: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamObject"];
                };
            };
        };
    };
    put_team: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamObject"];
                };
            };
        };
    };
    delete_team: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                call_id?: string | null;
                client?: string | null;
                cursor?: string | null;
                deployment?: string | null;
                estimated?: boolean | null;
                format?: ("json" | "csv") | null;
                key_id?: string | null;
                limit?: number;
                model?: string | null;
                outcome?: ("ok" | "refused_by_provider" | "provider_failed" | "cut_by_provider" | "cut_by_caller" | "cut_by_us" | "lost") | null;
                principal?: string | null;
                principal_id?: string | null;
                product?: string | null;
                project?: string | null;
                provider?: string | null;
                session_id?: string | null;
                since?: string | null;
                team?: string | null;
                until?: string | null;
                vendor?: string | null;
            };
            header?: {
                accept?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsagePage"];
                    "text/csv": string;
                };
            };
        };
    };
    list_totals: {
        parameters: {
            query?: {
                by?: (("principal" | "team" | "project" | "product" | "model" | "deployment" | "provider" | "vendor" | "key" | "session" | "client" | "outcome" | "day" | "hour") | "person")[];
                call_id?: string | null;
                client?: string | null;
                deployment?: string | null;
                estimated?: boolean | null;
                format?: ("json" | "csv") | null;
                key_id?: string | null;
                limit?: number;
                model?: string | null;
                outcome?: ("ok" | "refused_by_provider" | "provider_failed" | "cut_by_provider" | "cut_by_caller" | "cut_by_us" | "lost") | null;
                principal?: string | null;
                principal_id?: string | null;
                product?: string | null;
                project?: string | null;
                provider?: string | null;
                session_id?: string | null;
                since?: string | null;
                team?: string | null;
                until?: string | null;
                vendor?: string | null;
            };
            header?: {
                accept?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["drawbridge__usage__http__TotalsBody"];
                    "text/csv": string;
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                cursor?: string | null;
                limit?: number;
                managed_by_file?: boolean | null;
                name_contains?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserObjectPage"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserObject"];
                };
            };
        };
    };
    put_user: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "If-None-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserEntry"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserObject"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserObject"];
                };
            };
        };
    };
    delete_user: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    hand_over_user: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandingOverBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandedOverBody"];
                };
            };
        };
    };
    reactivate_user: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingBody"];
                };
            };
        };
    };
    suspend_user: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingBody"];
                };
            };
        };
    };
}
