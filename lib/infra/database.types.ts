
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "audit_log": {
                  Row: {
                    "action": string,"actor_id": string | null,"address": string | null,"changed_fields": (string)[],"id": number,"occurred_at": string,"outcome": string,"reason": string | null,"record_id": string | null,"request_id": string | null,"session_id": string | null,"tenant_id": string,"user_agent": string | null,"values_mac": string | null,"xid": unknown
                  }
                  ComputedFields: never
                  Insert: {
                    "action": string,"actor_id"?: string | null,"address"?: string | null,"changed_fields"?: (string)[],"id"?: never,"occurred_at"?: string,"outcome"?: string,"reason"?: string | null,"record_id"?: string | null,"request_id"?: string | null,"session_id"?: string | null,"tenant_id": string,"user_agent"?: string | null,"values_mac"?: string | null,"xid"?: unknown
                  }
                  Update: {
                    "action"?: string,"actor_id"?: string | null,"address"?: string | null,"changed_fields"?: (string)[],"id"?: never,"occurred_at"?: string,"outcome"?: string,"reason"?: string | null,"record_id"?: string | null,"request_id"?: string | null,"session_id"?: string | null,"tenant_id"?: string,"user_agent"?: string | null,"values_mac"?: string | null,"xid"?: unknown
                  }
                  Relationships: [
                    
                  ]
                },"feature_overrides": {
                  Row: {
                    "created_at": string,"expires_at": string | null,"feature": string,"granted": boolean,"id": string,"reason": string,"tenant_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"expires_at"?: string | null,"feature": string,"granted": boolean,"id"?: string,"reason": string,"tenant_id": string
                  }
                  Update: {
                    "created_at"?: string,"expires_at"?: string | null,"feature"?: string,"granted"?: boolean,"id"?: string,"reason"?: string,"tenant_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "feature_overrides_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"invitations": {
                  Row: {
                    "created_at": string,"email": string,"expires_at": string,"id": string,"invited_by": string | null,"role_id": string | null,"status": string,"tenant_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"email": string,"expires_at"?: string,"id"?: string,"invited_by"?: string | null,"role_id"?: string | null,"status"?: string,"tenant_id": string
                  }
                  Update: {
                    "created_at"?: string,"email"?: string,"expires_at"?: string,"id"?: string,"invited_by"?: string | null,"role_id"?: string | null,"status"?: string,"tenant_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "invitations_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "invitations_tenant_id_role_id_fkey"
      columns: ["tenant_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["tenant_id","id"]
    }
                  ]
                },"limit_overrides": {
                  Row: {
                    "created_at": string,"expires_at": string | null,"id": string,"max_value": number | null,"metric": string,"reason": string,"tenant_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"expires_at"?: string | null,"id"?: string,"max_value"?: number | null,"metric": string,"reason": string,"tenant_id": string
                  }
                  Update: {
                    "created_at"?: string,"expires_at"?: string | null,"id"?: string,"max_value"?: number | null,"metric"?: string,"reason"?: string,"tenant_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "limit_overrides_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"memberships": {
                  Row: {
                    "created_at": string,"id": string,"role_id": string,"status": string,"tenant_id": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"role_id": string,"status"?: string,"tenant_id": string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"role_id"?: string,"status"?: string,"tenant_id"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "memberships_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "memberships_tenant_id_role_id_fkey"
      columns: ["tenant_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["tenant_id","id"]
    }
                  ]
                },"ownership_transfers": {
                  Row: {
                    "created_at": string,"expires_at": string,"from_membership": string,"id": string,"tenant_id": string,"to_membership": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"expires_at"?: string,"from_membership": string,"id"?: string,"tenant_id": string,"to_membership": string
                  }
                  Update: {
                    "created_at"?: string,"expires_at"?: string,"from_membership"?: string,"id"?: string,"tenant_id"?: string,"to_membership"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "ownership_transfers_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: true
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ownership_transfers_tenant_id_from_membership_fkey"
      columns: ["tenant_id","from_membership"]
isOneToOne: false
      referencedRelation: "memberships"
      referencedColumns: ["tenant_id","id"]
    },{
      foreignKeyName: "ownership_transfers_tenant_id_to_membership_fkey"
      columns: ["tenant_id","to_membership"]
isOneToOne: false
      referencedRelation: "memberships"
      referencedColumns: ["tenant_id","id"]
    }
                  ]
                },"patient_imports": {
                  Row: {
                    "created_at": string,"created_by": string | null,"date_order": string,"decided_by": string | null,"fields": (string)[],"file_name": string,"finished_at": string | null,"id": string,"problem": string | null,"rows_added": number,"rows_checked": number,"rows_known": number,"rows_new": number,"rows_refused": number,"rows_total": number,"rows_updated": number,"status": string,"tenant_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"date_order": string,"decided_by"?: string | null,"fields": (string)[],"file_name": string,"finished_at"?: string | null,"id"?: string,"problem"?: string | null,"rows_added"?: number,"rows_checked"?: number,"rows_known"?: number,"rows_new"?: number,"rows_refused"?: number,"rows_total"?: number,"rows_updated"?: number,"status"?: string,"tenant_id": string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"date_order"?: string,"decided_by"?: string | null,"fields"?: (string)[],"file_name"?: string,"finished_at"?: string | null,"id"?: string,"problem"?: string | null,"rows_added"?: number,"rows_checked"?: number,"rows_known"?: number,"rows_new"?: number,"rows_refused"?: number,"rows_total"?: number,"rows_updated"?: number,"status"?: string,"tenant_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "patient_imports_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"patients": {
                  Row: {
                    "address_line1": string | null,"address_line2": string | null,"archived": boolean,"archived_at": string | null,"birth_date": string,"city": string | null,"consent_email": boolean,"consent_phone": boolean,"consent_sms": boolean,"country": string | null,"created_at": string,"created_by": string | null,"email": string | null,"external_id": string | null,"family_name": string,"given_name": string,"home_phone": string | null,"id": string,"mark_key": string,"mobile_phone": string | null,"name_key": string,"postal_code": string | null,"region": string | null,"remarks": string | null,"sex": string,"tenant_id": string,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "address_line1"?: string | null,"address_line2"?: string | null,"archived"?: never,"archived_at"?: string | null,"birth_date": string,"city"?: string | null,"consent_email"?: boolean,"consent_phone"?: boolean,"consent_sms"?: boolean,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"email"?: string | null,"external_id"?: string | null,"family_name": string,"given_name": string,"home_phone"?: string | null,"id"?: string,"mark_key"?: string,"mobile_phone"?: string | null,"name_key"?: never,"postal_code"?: string | null,"region"?: string | null,"remarks"?: string | null,"sex"?: string,"tenant_id": string,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "address_line1"?: string | null,"address_line2"?: string | null,"archived"?: never,"archived_at"?: string | null,"birth_date"?: string,"city"?: string | null,"consent_email"?: boolean,"consent_phone"?: boolean,"consent_sms"?: boolean,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"email"?: string | null,"external_id"?: string | null,"family_name"?: string,"given_name"?: string,"home_phone"?: string | null,"id"?: string,"mark_key"?: string,"mobile_phone"?: string | null,"name_key"?: never,"postal_code"?: string | null,"region"?: string | null,"remarks"?: string | null,"sex"?: string,"tenant_id"?: string,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "patients_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"permissions": {
                  Row: {
                    "description": string,"key": string,"position": number
                  }
                  ComputedFields: never
                  Insert: {
                    "description": string,"key": string,"position"?: number
                  }
                  Update: {
                    "description"?: string,"key"?: string,"position"?: number
                  }
                  Relationships: [
                    
                  ]
                },"plan_features": {
                  Row: {
                    "feature": string,"plan_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "feature": string,"plan_id": string
                  }
                  Update: {
                    "feature"?: string,"plan_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "plan_features_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "plans"
      referencedColumns: ["id"]
    }
                  ]
                },"plan_limits": {
                  Row: {
                    "max_value": number | null,"metric": string,"plan_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "max_value"?: number | null,"metric": string,"plan_id": string
                  }
                  Update: {
                    "max_value"?: number | null,"metric"?: string,"plan_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "plan_limits_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "plans"
      referencedColumns: ["id"]
    }
                  ]
                },"plan_prices": {
                  Row: {
                    "amount_minor": number,"currency": string,"interval": string,"plan_id": string,"stripe_price_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "amount_minor": number,"currency": string,"interval": string,"plan_id": string,"stripe_price_id"?: string | null
                  }
                  Update: {
                    "amount_minor"?: number,"currency"?: string,"interval"?: string,"plan_id"?: string,"stripe_price_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "plan_prices_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "plans"
      referencedColumns: ["id"]
    }
                  ]
                },"plans": {
                  Row: {
                    "created_at": string,"id": string,"key": string,"name": string,"position": number,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"key": string,"name": string,"position": number,"version": number
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"key"?: string,"name"?: string,"position"?: number,"version"?: number
                  }
                  Relationships: [
                    
                  ]
                },"profiles": {
                  Row: {
                    "created_at": string,"email_verified_at": string | null,"full_name": string,"sessions_valid_after": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"email_verified_at"?: string | null,"full_name": string,"sessions_valid_after"?: string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"email_verified_at"?: string | null,"full_name"?: string,"sessions_valid_after"?: string,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"role_permissions": {
                  Row: {
                    "permission": string,"role_id": string,"tenant_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "permission": string,"role_id": string,"tenant_id": string
                  }
                  Update: {
                    "permission"?: string,"role_id"?: string,"tenant_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "role_permissions_permission_fkey"
      columns: ["permission"]
isOneToOne: false
      referencedRelation: "permissions"
      referencedColumns: ["key"]
    },{
      foreignKeyName: "role_permissions_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "role_permissions_tenant_id_role_id_fkey"
      columns: ["tenant_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["tenant_id","id"]
    }
                  ]
                },"roles": {
                  Row: {
                    "created_at": string,"description": string,"id": string,"is_system": boolean,"key": string,"name": string,"needs_second_factor": boolean,"tenant_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"description"?: string,"id"?: string,"is_system": boolean,"key": string,"name": string,"needs_second_factor"?: boolean,"tenant_id": string
                  }
                  Update: {
                    "created_at"?: string,"description"?: string,"id"?: string,"is_system"?: boolean,"key"?: string,"name"?: string,"needs_second_factor"?: boolean,"tenant_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "roles_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"security_events": {
                  Row: {
                    "address": string | null,"answer": string,"hits": number,"id": string,"note": string | null,"occurred_at": string,"resolved_at": string | null,"resolved_by": string | null,"rule": string,"tenant_id": string,"user_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address"?: string | null,"answer"?: string,"hits"?: number,"id"?: string,"note"?: string | null,"occurred_at"?: string,"resolved_at"?: string | null,"resolved_by"?: string | null,"rule": string,"tenant_id": string,"user_id"?: string | null
                  }
                  Update: {
                    "address"?: string | null,"answer"?: string,"hits"?: number,"id"?: string,"note"?: string | null,"occurred_at"?: string,"resolved_at"?: string | null,"resolved_by"?: string | null,"rule"?: string,"tenant_id"?: string,"user_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "security_events_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"system_role_permissions": {
                  Row: {
                    "permission": string,"role_key": string
                  }
                  ComputedFields: never
                  Insert: {
                    "permission": string,"role_key": string
                  }
                  Update: {
                    "permission"?: string,"role_key"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "system_role_permissions_permission_fkey"
      columns: ["permission"]
isOneToOne: false
      referencedRelation: "permissions"
      referencedColumns: ["key"]
    },{
      foreignKeyName: "system_role_permissions_role_key_fkey"
      columns: ["role_key"]
isOneToOne: false
      referencedRelation: "system_roles"
      referencedColumns: ["key"]
    }
                  ]
                },"system_roles": {
                  Row: {
                    "description": string,"key": string,"name": string,"position": number
                  }
                  ComputedFields: never
                  Insert: {
                    "description": string,"key": string,"name": string,"position"?: number
                  }
                  Update: {
                    "description"?: string,"key"?: string,"name"?: string,"position"?: number
                  }
                  Relationships: [
                    
                  ]
                },"tenant_agreements": {
                  Row: {
                    "accepted_at": string,"document": string,"document_version": string,"id": string,"tenant_id": string,"user_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_at"?: string,"document": string,"document_version": string,"id"?: string,"tenant_id": string,"user_id"?: string | null
                  }
                  Update: {
                    "accepted_at"?: string,"document"?: string,"document_version"?: string,"id"?: string,"tenant_id"?: string,"user_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "tenant_agreements_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"tenant_domains": {
                  Row: {
                    "created_at": string,"host": string,"id": string,"tenant_id": string,"verified_at": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"host": string,"id"?: string,"tenant_id": string,"verified_at"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"host"?: string,"id"?: string,"tenant_id"?: string,"verified_at"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "tenant_domains_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"tenant_holds": {
                  Row: {
                    "id": string,"kind": string,"lift_reason": string | null,"lifted_at": string | null,"placed_at": string,"reason": string,"tenant_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "id"?: string,"kind": string,"lift_reason"?: string | null,"lifted_at"?: string | null,"placed_at"?: string,"reason": string,"tenant_id": string
                  }
                  Update: {
                    "id"?: string,"kind"?: string,"lift_reason"?: string | null,"lifted_at"?: string | null,"placed_at"?: string,"reason"?: string,"tenant_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tenant_holds_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"tenant_settings": {
                  Row: {
                    "address_line1": string | null,"address_line2": string | null,"brand_color": string | null,"city": string | null,"contact_email": string | null,"contact_phone": string | null,"country": string | null,"created_at": string,"logo_hash": string | null,"postal_code": string | null,"region": string | null,"second_factor": string,"second_factor_from": string | null,"session_hours": number,"session_idle_minutes": number,"tenant_id": string,"website": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address_line1"?: string | null,"address_line2"?: string | null,"brand_color"?: string | null,"city"?: string | null,"contact_email"?: string | null,"contact_phone"?: string | null,"country"?: string | null,"created_at"?: string,"logo_hash"?: string | null,"postal_code"?: string | null,"region"?: string | null,"second_factor"?: string,"second_factor_from"?: string | null,"session_hours"?: number,"session_idle_minutes"?: number,"tenant_id": string,"website"?: string | null
                  }
                  Update: {
                    "address_line1"?: string | null,"address_line2"?: string | null,"brand_color"?: string | null,"city"?: string | null,"contact_email"?: string | null,"contact_phone"?: string | null,"country"?: string | null,"created_at"?: string,"logo_hash"?: string | null,"postal_code"?: string | null,"region"?: string | null,"second_factor"?: string,"second_factor_from"?: string | null,"session_hours"?: number,"session_idle_minutes"?: number,"tenant_id"?: string,"website"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "tenant_settings_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: true
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                },"tenant_subscriptions": {
                  Row: {
                    "bought_interval": string | null,"bought_plan_id": string | null,"converted_at": string | null,"created_at": string,"current_period_end": string | null,"current_period_start": string | null,"ends_at": string | null,"free_since": string | null,"next_interval": string | null,"next_plan_id": string | null,"next_starts_at": string | null,"past_due_since": string | null,"plan_id": string,"status": string,"stripe_customer_id": string | null,"stripe_status": string | null,"stripe_subscription_id": string | null,"tenant_id": string,"trial_ends_at": string | null,"trial_plan_id": string | null,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "bought_interval"?: string | null,"bought_plan_id"?: string | null,"converted_at"?: string | null,"created_at"?: string,"current_period_end"?: string | null,"current_period_start"?: string | null,"ends_at"?: string | null,"free_since"?: string | null,"next_interval"?: string | null,"next_plan_id"?: string | null,"next_starts_at"?: string | null,"past_due_since"?: string | null,"plan_id": string,"status": string,"stripe_customer_id"?: string | null,"stripe_status"?: string | null,"stripe_subscription_id"?: string | null,"tenant_id": string,"trial_ends_at"?: string | null,"trial_plan_id"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "bought_interval"?: string | null,"bought_plan_id"?: string | null,"converted_at"?: string | null,"created_at"?: string,"current_period_end"?: string | null,"current_period_start"?: string | null,"ends_at"?: string | null,"free_since"?: string | null,"next_interval"?: string | null,"next_plan_id"?: string | null,"next_starts_at"?: string | null,"past_due_since"?: string | null,"plan_id"?: string,"status"?: string,"stripe_customer_id"?: string | null,"stripe_status"?: string | null,"stripe_subscription_id"?: string | null,"tenant_id"?: string,"trial_ends_at"?: string | null,"trial_plan_id"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "tenant_subscriptions_bought_plan_id_fkey"
      columns: ["bought_plan_id"]
isOneToOne: false
      referencedRelation: "plans"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "tenant_subscriptions_next_plan_id_fkey"
      columns: ["next_plan_id"]
isOneToOne: false
      referencedRelation: "plans"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "tenant_subscriptions_plan_id_fkey"
      columns: ["plan_id"]
isOneToOne: false
      referencedRelation: "plans"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "tenant_subscriptions_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: true
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "tenant_subscriptions_trial_plan_id_fkey"
      columns: ["trial_plan_id"]
isOneToOne: false
      referencedRelation: "plans"
      referencedColumns: ["id"]
    }
                  ]
                },"tenants": {
                  Row: {
                    "created_at": string,"currency": string,"id": string,"locale": string,"name": string,"shard": string,"slug": string,"status": string,"time_zone": string,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"currency"?: string,"id"?: string,"locale"?: string,"name": string,"shard"?: string,"slug": string,"status"?: string,"time_zone"?: string,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"currency"?: string,"id"?: string,"locale"?: string,"name"?: string,"shard"?: string,"slug"?: string,"status"?: string,"time_zone"?: string,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    
                  ]
                },"usage_counters": {
                  Row: {
                    "metric": string,"period": string,"tenant_id": string,"used": number,"warned": number
                  }
                  ComputedFields: never
                  Insert: {
                    "metric": string,"period": string,"tenant_id": string,"used"?: number,"warned"?: number
                  }
                  Update: {
                    "metric"?: string,"period"?: string,"tenant_id"?: string,"used"?: number,"warned"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "usage_counters_tenant_id_fkey"
      columns: ["tenant_id"]
isOneToOne: false
      referencedRelation: "tenants"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "abandon_signup":
{ Args: { "p_reservation": string }; Returns: undefined
                           },
"accept_invitation":
{ Args: { "p_full_name": string,"p_slug": string,"p_token": string }; Returns: boolean
                           },
"accept_ownership":
{ Args: Record<PropertyKey, never>; Returns: boolean
                           },
"audit_filters":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"begin_billing_act":
{ Args: { "p_permission": string }; Returns: undefined
                           },
"billing_state":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"change_member_role":
{ Args: { "p_membership": string,"p_role": string }; Returns: undefined
                           },
"check_limit":
{ Args: { "p_amount": number,"p_metric": string }; Returns: Json
                           },
"check_patient_import":
{ Args: { "p_import": string }; Returns: undefined
                           },
"choose_free":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"claim_invited_address":
{ Args: { "p_slug": string,"p_token": string }; Returns: string
                           },
"confirm_email_change":
{ Args: { "p_token": string }; Returns: boolean
                           },
"count_feature_use":
{ Args: { "p_feature": string }; Returns: undefined
                           },
"current_usage":
{ Args: { "p_slug": string }; Returns: Json
                           },
"decide_patient_import":
{ Args: { "p_accept": boolean,"p_import": string }; Returns: undefined
                           },
"delete_role":
{ Args: { "p_reassign"?: string,"p_role": string }; Returns: undefined
                           },
"enable_second_factor":
{ Args: { "p_factor": string,"p_hashes": string,"p_session": string }; Returns: boolean
                           },
"end_member_sessions":
{ Args: { "p_membership": string,"p_session"?: string }; Returns: number
                           },
"end_override":
{ Args: { "p_key": string,"p_tenant": string }; Returns: boolean
                           },
"end_own_sessions":
{ Args: { "p_session"?: string }; Returns: number
                           },
"end_ownership_offer":
{ Args: Record<PropertyKey, never>; Returns: boolean
                           },
"enter_platform":
{ Args: { "p_ip": string,"p_session": string,"p_token"?: string,"p_user_agent": string }; Returns: boolean
                           },
"enter_tenant":
{ Args: { "p_ip": string,"p_slug": string,"p_user_agent": string }; Returns: string
                           },
"export_patients":
{ Args: { "p_after"?: string,"p_archived": boolean,"p_limit"?: number }; Returns: {
              "address_line1": string | null,
"address_line2": string | null,
"archived": boolean,
"archived_at": string | null,
"birth_date": string,
"city": string | null,
"consent_email": boolean,
"consent_phone": boolean,
"consent_sms": boolean,
"country": string | null,
"created_at": string,
"created_by": string | null,
"email": string | null,
"external_id": string | null,
"family_name": string,
"given_name": string,
"home_phone": string | null,
"id": string,
"mark_key": string,
"mobile_phone": string | null,
"name_key": string,
"postal_code": string | null,
"region": string | null,
"remarks": string | null,
"sex": string,
"tenant_id": string,
"updated_at": string,
"version": number
            }[]
                          SetofOptions: {
        from: "*"
        to: "patients"
        isOneToOne: false
        isSetofReturn: true
      } },
"find_clinic":
{ Args: { "p_tenant": string }; Returns: Json
                           },
"find_logo":
{ Args: { "p_hash": string,"p_slug": string }; Returns: string
                           },
"find_member":
{ Args: { "p_membership": string }; Returns: Json
                           },
"find_ownership_offer":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"find_role":
{ Args: { "p_role": string }; Returns: Json
                           },
"find_second_factor":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"gate":
{ Args: { "p_slug": string }; Returns: Json
                           },
"invite_people":
{ Args: { "p_emails": string,"p_role": string }; Returns: Json
                           },
"issue_handoff":
{ Args: { "p_code_hash": string,"p_origin": string,"p_payload": string,"p_session": string,"p_slug": string }; Returns: undefined
                           },
"leave_platform":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"leave_tenant":
{ Args: Record<PropertyKey, never>; Returns: boolean
                           },
"lift_admin_hold":
{ Args: { "p_reason": string,"p_tenant": string }; Returns: undefined
                           },
"list_alerts":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"list_audit":
{ Args: { "p_action"?: string,"p_actor"?: string,"p_backwards"?: boolean,"p_cursor"?: number,"p_from"?: string,"p_limit"?: number,"p_outcome"?: string,"p_record"?: string,"p_to"?: string }; Returns: Json
                           },
"list_billing_problems":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"list_clinic_audit":
{ Args: { "p_before"?: number,"p_tenant": string }; Returns: Json
                           },
"list_clinics":
{ Args: { "p_hold"?: string,"p_page"?: number,"p_plan"?: string,"p_search"?: string,"p_sort"?: string,"p_status"?: string }; Returns: Json
                           },
"list_entitlements":
{ Args: { "p_tenant": string }; Returns: Json
                           },
"list_import_problems":
{ Args: { "p_after"?: number,"p_import": string,"p_limit"?: number }; Returns: Json
                           },
"list_invitations":
{ Args: { "p_search"?: string }; Returns: Json
                           },
"list_own_clinics":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"list_patients":
{ Args: { "p_archived"?: boolean,"p_backwards"?: boolean,"p_cursor"?: string,"p_descending"?: boolean,"p_limit"?: number,"p_search"?: string,"p_sort"?: string }; Returns: Json
                           },
"list_roles":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"list_sessions":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"list_team":
{ Args: { "p_role"?: string,"p_search"?: string,"p_status"?: string }; Returns: Json
                           },
"may_switch_to":
{ Args: { "p_slug": string }; Returns: boolean
                           },
"offer_ownership":
{ Args: { "p_membership": string }; Returns: undefined
                           },
"open_invitation":
{ Args: { "p_slug": string,"p_token": string }; Returns: Json
                           },
"open_patient":
{ Args: { "p_id": string }; Returns: boolean
                           },
"open_platform_invite":
{ Args: { "p_token": string }; Returns: string
                           },
"override_feature":
{ Args: { "p_expires_at"?: string,"p_feature": string,"p_granted": boolean,"p_reason": string,"p_tenant": string }; Returns: undefined
                           },
"override_limit":
{ Args: { "p_expires_at"?: string,"p_max"?: number,"p_metric": string,"p_reason": string,"p_tenant": string }; Returns: undefined
                           },
"place_admin_hold":
{ Args: { "p_reason": string,"p_tenant": string }; Returns: undefined
                           },
"plans_over_limits":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"platform_gate":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"platform_totals":
{ Args: { "p_period"?: string }; Returns: Json
                           },
"prepare_second_factor":
{ Args: { "p_session": string }; Returns: undefined
                           },
"prove_second_factor":
{ Args: { "p_session": string }; Returns: boolean
                           },
"provision_tenant":
{ Args: { "p_admin_name": string,"p_agreements": string,"p_handoff_hash": string,"p_handoff_payload": string,"p_name": string,"p_reservation": string,"p_time_zone": string,"p_user": string }; Returns: string
                           },
"read_password_reset":
{ Args: { "p_token": string }; Returns: Json
                           },
"read_patient":
{ Args: { "p_id": string }; Returns: {
              "address_line1": string | null,
"address_line2": string | null,
"archived": boolean,
"archived_at": string | null,
"birth_date": string,
"city": string | null,
"consent_email": boolean,
"consent_phone": boolean,
"consent_sms": boolean,
"country": string | null,
"created_at": string,
"created_by": string | null,
"email": string | null,
"external_id": string | null,
"family_name": string,
"given_name": string,
"home_phone": string | null,
"id": string,
"mark_key": string,
"mobile_phone": string | null,
"name_key": string,
"postal_code": string | null,
"region": string | null,
"remarks": string | null,
"sex": string,
"tenant_id": string,
"updated_at": string,
"version": number
            }[]
                          SetofOptions: {
        from: "*"
        to: "patients"
        isOneToOne: false
        isSetofReturn: true
      } },
"record_failed_sign_in":
{ Args: { "p_address": string,"p_email": string,"p_reason": string,"p_slug": string,"p_user_agent": string }; Returns: undefined
                           },
"record_refusal":
{ Args: { "p_action": string,"p_address": string,"p_reason": string,"p_record"?: string,"p_request": string,"p_session": string }; Returns: undefined
                           },
"recover_account":
{ Args: { "p_code": string,"p_token": string }; Returns: boolean
                           },
"redeem_handoff":
{ Args: { "p_code_hash": string,"p_slug": string }; Returns: string
                           },
"redeem_recovery_code":
{ Args: { "p_code": string }; Returns: boolean
                           },
"remove_member":
{ Args: { "p_membership": string }; Returns: undefined
                           },
"remove_second_factor":
{ Args: Record<PropertyKey, never>; Returns: boolean
                           },
"replace_recovery_codes":
{ Args: { "p_hashes": string }; Returns: boolean
                           },
"request_billing_sync":
{ Args: { "p_action": string }; Returns: number
                           },
"request_clinic_list":
{ Args: { "p_email": string }; Returns: undefined
                           },
"request_email_change":
{ Args: { "p_email": string,"p_tenant": string,"p_user": string }; Returns: boolean
                           },
"request_password_reset":
{ Args: { "p_email": string,"p_slug": string }; Returns: undefined
                           },
"resend_invitation":
{ Args: { "p_invitation": string }; Returns: boolean
                           },
"resend_verification":
{ Args: Record<PropertyKey, never>; Returns: boolean
                           },
"reserve_subdomain":
{ Args: { "p_email": string,"p_idempotency_key_hash"?: string,"p_slug": string }; Returns: Json
                           },
"resolve_alert":
{ Args: { "p_alert": string,"p_note": string }; Returns: boolean
                           },
"resolve_billing_alert":
{ Args: { "p_alert": number }; Returns: boolean
                           },
"resolve_domain":
{ Args: { "p_host": string }; Returns: string
                           },
"retry_stripe_event":
{ Args: { "p_event": string }; Returns: boolean
                           },
"revoke_invitation":
{ Args: { "p_invitation": string }; Returns: boolean
                           },
"save_role":
{ Args: { "p_description"?: string,"p_loaded"?: string,"p_name"?: string,"p_permissions"?: string,"p_role"?: string }; Returns: string
                           },
"session_state":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"set_logo":
{ Args: { "p_image"?: string }; Returns: undefined
                           },
"set_member_status":
{ Args: { "p_membership": string,"p_status": string }; Returns: undefined
                           },
"set_second_factor_rule":
{ Args: { "p_from"?: string,"p_roles": string,"p_rule": string }; Returns: boolean
                           },
"stage_patient_rows":
{ Args: { "p_import": string,"p_rows": string }; Returns: number
                           },
"start_audit_export":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"start_patient_export":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"start_patient_import":
{ Args: { "p_date_order": string,"p_fields": (string)[],"p_file_name": string }; Returns: string
                           },
"store_stripe_event":
{ Args: { "p_created": string,"p_customer": string,"p_handling": string,"p_id": string,"p_object": string,"p_type": string }; Returns: boolean
                           },
"subdomain_status":
{ Args: { "p_slug": string }; Returns: string
                           },
"take_rate_limit":
{ Args: { "p_bucket": string,"p_limit": number,"p_window_seconds": number }; Returns: number
                           },
"update_clinic_profile":
{ Args: { "p_profile": string }; Returns: boolean
                           },
"update_own_name":
{ Args: { "p_name": string }; Returns: boolean
                           },
"usage_history":
{ Args: { "p_days": number }; Returns: Json
                           },
"usage_news":
{ Args: { "p_known": string }; Returns: Json
                           },
"verify_audit":
{ Args: { "p_after"?: number }; Returns: Json
                           },
"verify_email":
{ Args: { "p_token": string }; Returns: boolean
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
