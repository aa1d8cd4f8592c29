"""The properties that every portal has from the first day, as tables.

One property per line, `name type/fieldType flags`, under the name of its group. Flags: `ro` only HubSpot
writes it, `calc` calculated (read-only too), `unique`, `external` its options are other records. Sources:
hubspot.md §3.1-3.3; engagement properties from HubSpot's guides on calls, meetings and emails.
"""

from __future__ import annotations

_COMMON = """
 hs_object_id number/number ro
 hs_createdate datetime/date ro
 hs_lastmodifieddate datetime/date ro
 hubspot_owner_id enumeration/select external
 hubspot_owner_assigneddate datetime/date ro
 hubspot_team_id enumeration/select external,ro
 hs_all_owner_ids enumeration/checkbox external,ro
 hs_created_by_user_id number/number ro
 hs_updated_by_user_id number/number ro
 hs_merged_object_ids enumeration/checkbox external,ro
 hs_object_source string/text ro
 hs_object_source_label string/text ro
 hs_read_only bool/booleancheckbox ro
"""

_ANALYTICS = """
 hs_analytics_source enumeration/select
 hs_analytics_source_data_1 string/text ro
 hs_analytics_source_data_2 string/text ro
 hs_latest_source enumeration/select
 hs_latest_source_data_1 string/text ro
 hs_latest_source_data_2 string/text ro
 hs_latest_source_timestamp datetime/date ro
 hs_analytics_num_visits number/number ro
 hs_analytics_num_page_views number/number ro
 hs_analytics_average_page_views number/number ro
 hs_analytics_num_event_completions number/number ro
 hs_analytics_first_timestamp datetime/date ro
 hs_analytics_last_timestamp datetime/date ro
 hs_analytics_first_visit_timestamp datetime/date ro
 hs_analytics_last_visit_timestamp datetime/date ro
 hs_analytics_first_url string/text ro
 hs_analytics_last_url string/text ro
 hs_analytics_first_referrer string/text ro
 hs_analytics_last_referrer string/text ro
"""

_ACTIVITY = """
 notes_last_contacted datetime/date ro
 notes_last_updated datetime/date ro
 notes_next_activity_date datetime/date ro
 num_notes number/number ro
 num_contacted_notes number/number ro
 hs_last_sales_activity_timestamp datetime/date ro
 hs_last_sales_activity_date datetime/date ro
 hs_sales_email_last_replied datetime/date ro
 hs_latest_meeting_activity datetime/date ro
 engagements_last_meeting_booked datetime/date ro
"""

_CONTACTS = f"""
contactinformation
{_COMMON}
 createdate datetime/date ro
 lastmodifieddate datetime/date ro
 email string/text unique
 firstname string/text
 lastname string/text
 salutation string/text
 jobtitle string/text
 job_function string/text
 seniority string/text
 company string/text
 website string/text
 phone string/phonenumber
 mobilephone string/phonenumber
 fax string/text
 address string/text
 city string/text
 state string/text
 zip string/text
 country string/text
 hs_country_region_code string/text ro
 hs_language string/text
 hs_timezone string/text
 industry string/text
 annualrevenue string/text
 numemployees enumeration/select
 message string/textarea
 lifecyclestage enumeration/radio
 hs_lead_status enumeration/radio
 hs_persona enumeration/select
 hs_buying_role enumeration/checkbox
 hs_role string/text
 hs_seniority string/text
 hs_linkedin_url string/text
 hs_email_domain string/text calc
 hs_is_unworked bool/calculation_equation calc
 hs_is_contact bool/booleancheckbox calc
 associatedcompanyid number/number
 hs_calculated_merged_vids enumeration/checkbox external,calc
 hs_additional_emails enumeration/checkbox external,ro
 hs_predictivecontactscore_v2 number/number ro
 hs_predictivescoringtier enumeration/select ro
 hubspotscore number/calculation_score calc
 hs_lifecyclestage_lead_date datetime/date calc
 hs_lifecyclestage_customer_date datetime/date calc
analyticsinformation
{_ANALYTICS}
conversioninformation
 num_conversion_events number/number calc
 num_unique_conversion_events number/number calc
 first_conversion_event_name string/text calc
 first_conversion_date datetime/date calc
 recent_conversion_event_name string/text calc
 recent_conversion_date datetime/date calc
emailinformation
 hs_email_open number/number ro
 hs_email_click number/number ro
 hs_email_replied number/number ro
 hs_email_delivered number/number ro
 hs_email_bounce number/number ro
 hs_email_first_open_date datetime/date ro
 hs_email_last_open_date datetime/date ro
 hs_email_first_click_date datetime/date ro
 hs_email_last_click_date datetime/date ro
 hs_email_first_reply_date datetime/date ro
 hs_email_last_reply_date datetime/date ro
 hs_email_last_send_date datetime/date ro
 hs_email_last_email_name string/text ro
 hs_email_optout bool/booleancheckbox ro
 hs_email_bad_address bool/booleancheckbox calc
 hs_email_quarantined bool/booleancheckbox ro
 hs_email_hard_bounce_reason_enum enumeration/select ro
 hs_email_hard_bounce_reason string/text ro
 hs_emailconfirmationstatus string/text ro
 hs_legal_basis string/text
sales_properties
{_ACTIVITY}
 hs_sales_email_last_opened datetime/date ro
 hs_sales_email_last_clicked datetime/date ro
 hs_sa_first_engagement_date datetime/date ro
 hs_sa_first_engagement_descr string/text ro
 hs_time_to_first_engagement number/number calc
 hs_sequences_is_enrolled bool/booleancheckbox ro
deal_information
 num_associated_deals number/number ro
 total_revenue number/number ro
 recent_deal_amount number/number ro
 recent_deal_close_date datetime/date ro
 first_deal_created_date datetime/date ro
 days_to_close number/number ro
"""

_COMPANIES = f"""
companyinformation
{_COMMON}
 createdate datetime/date ro
 name string/text
 domain string/text
 website string/text
 hs_additional_domains enumeration/checkbox external
 industry enumeration/select
 type enumeration/select
 description string/textarea
 phone string/phonenumber
 address string/text
 city string/text
 state string/text
 zip string/text
 country string/text
 hs_country_code string/text
 numberofemployees number/number
 hs_employee_range string/text ro
 annualrevenue number/number
 hs_revenue_range string/text ro
 founded_year string/text
 is_public bool/booleancheckbox
 lifecyclestage enumeration/radio
 hs_lead_status enumeration/radio
 hs_is_target_account bool/booleancheckbox
 hs_target_account enumeration/select
 hs_ideal_customer_profile enumeration/radio
 hs_parent_company_id number/number
 hs_num_child_companies number/number ro
 hs_predictivecontactscore_v2 number/number ro
 num_associated_contacts number/number calc
 num_associated_deals number/number calc
 hs_num_open_deals number/calculation_rollup calc
 hs_num_decision_makers number/calculation_rollup calc
 hs_num_blockers number/calculation_rollup calc
 hs_num_contacts_with_buying_roles number/calculation_rollup calc
 hs_total_deal_value number/calculation_rollup calc
 total_revenue number/calculation_rollup calc
 recent_deal_amount number/number calc
 recent_deal_close_date datetime/date calc
 first_deal_created_date datetime/date calc
 days_to_close number/number calc
 hs_intent_page_views_last_30_days number/number ro
analyticsinformation
{_ANALYTICS}
companyactivity
{_ACTIVITY}
"""

_DEALS = f"""
dealinformation
{_COMMON}
 createdate datetime/date ro
 dealname string/text
 amount number/number
 amount_in_home_currency number/number calc
 deal_currency_code enumeration/select external
 closedate datetime/date
 pipeline enumeration/select external
 dealstage enumeration/radio external
 dealtype enumeration/radio
 description string/textarea
 closed_lost_reason string/textarea
 closed_won_reason string/textarea
 hs_priority enumeration/select
 hs_is_closed bool/calculation_equation calc
 hs_is_closed_won bool/calculation_equation calc
 hs_is_closed_lost bool/calculation_equation calc
 hs_closed_won_date datetime/date calc
 hs_closed_amount number/calculation_equation calc
 hs_deal_stage_probability number/number calc
 hs_analytics_source enumeration/select ro
 days_to_close number/calculation_equation calc
 num_associated_contacts number/number calc
 hs_primary_associated_company number/number calc
dealactivity
{_ACTIVITY}
"""

_ENGAGEMENT = f"""
engagement
{_COMMON}
 hs_timestamp datetime/date
 hs_activity_type enumeration/select external
 hs_attachment_ids enumeration/checkbox external
 hs_unique_id string/text ro
 hs_engagement_source string/text ro
"""

_CALLS = f"""
{_ENGAGEMENT}
call
 hs_call_title string/text
 hs_call_body string/html
 hs_call_callee_object_id number/number
 hs_call_direction enumeration/select
 hs_call_disposition enumeration/select
 hs_call_duration number/number
 hs_call_from_number string/text
 hs_call_to_number string/text
 hs_call_recording_url string/text
 hs_call_source string/text
 hs_call_status enumeration/select
"""

_MEETINGS = f"""
{_ENGAGEMENT}
meeting
 hs_meeting_title string/text
 hs_meeting_body string/html
 hs_internal_meeting_notes string/html
 hs_meeting_external_url string/text
 hs_meeting_location string/text
 hs_meeting_start_time datetime/date
 hs_meeting_end_time datetime/date
 hs_meeting_outcome enumeration/select
"""

_EMAILS = f"""
{_ENGAGEMENT}
email
 hs_email_subject string/text
 hs_email_text string/textarea
 hs_email_html string/html
 hs_email_headers string/textarea
 hs_email_direction enumeration/select
 hs_email_status enumeration/select
 hs_email_from_email string/text ro
 hs_email_to_email string/text ro
 hs_email_open_count number/number ro
 hs_email_click_count number/number ro
 hs_email_reply_count number/number ro
"""

_LEADS = f"""
leadinformation
{_COMMON}
 hs_lead_name string/text
 hs_lead_type enumeration/select
 hs_lead_label enumeration/select
 hs_pipeline enumeration/select external
 hs_pipeline_stage enumeration/select external
"""

TABLES = {
    "contacts": _CONTACTS,
    "companies": _COMPANIES,
    "deals": _DEALS,
    "calls": _CALLS,
    "meetings": _MEETINGS,
    "emails": _EMAILS,
    "leads": _LEADS,
}
"""Object type → its table."""
