//! What travels between the server and its clients: one type for each thing, which both sides read and write.
//!
//! Nothing of the server, the store or the client is imported here. `..Info` is an answer, `..Request` is asked,
//! `..Query` is a query string, `..Body` is a value of the model in the API's own shape. Doc comments of these types are
//! the descriptions in `openapi.json`.

mod alert_body;
mod artifacts;
mod attempt_body;
mod audit_events;
mod channels;
mod clock;
mod deployments;
mod exchange_body;
mod flakes;
mod history;
mod incidents;
mod journey_body;
mod journeys;
mod maintenance;
mod operator;
mod overview;
mod problem;
mod request_body;
mod retry_body;
mod runs;
mod sessions;
mod status_page;
mod tenants;
mod token;
mod tokens;
mod voids;

pub(crate) use artifacts::ArtifactQuery;
pub(crate) use attempt_body::AttemptBody;
pub(crate) use audit_events::{AuditEventInfo, AuditEventQuery};
pub(crate) use channels::{ChannelInfo, ChannelTestInfo};
pub(crate) use clock::{ClockInfo, ClockStepInfo};
pub(crate) use deployments::{ChangeInfo, ChangeKind, ComponentInfo, DeployInfo, DeployRequest};
pub(crate) use flakes::FlakeInfo;
pub(crate) use history::{
    HistoryInfo, HistoryQuery, MetricPointInfo, MetricSeriesInfo, PeriodInfo, StepHistoryInfo,
};
pub(crate) use incidents::{
    IncidentAction, IncidentDetail, IncidentEventInfo, IncidentInfo, IncidentRequest, IncidentState,
};
pub(crate) use journey_body::{DescriptorBody, JourneyBody, TimingBody};
pub(crate) use journeys::{
    Changed, CountedInfo, FalseAlarmInfo, JourneyInfo, PauseInfo, PauseRequest, TodayInfo,
};
pub(crate) use maintenance::{MaintenanceInfo, MaintenancePhase, MaintenanceRequest};
pub(crate) use operator::{
    DiskInfo, LatenessInfo, LoadInfo, StoreLoadInfo, TaskInfo, TenantLoadInfo, TraceExportInfo, UsageInfo,
};
pub(crate) use overview::{HourInfo, JourneyState, OpenIncidentInfo, OverviewInfo, RatesInfo, SlotInfo};
pub(crate) use problem::{MEDIA_TYPE, ProblemDetails, ProblemKind};
pub(crate) use runs::{
    NeighboursInfo, RunInFull, RunInfo, RunQuery, RunningInfo, TriggerRequest, TriggeredInfo,
};
pub(crate) use sessions::{SessionInfo, SessionQuery};
pub(crate) use status_page::{
    PublishedInfo, ServiceDayInfo, ServiceInfo, ServiceState, StatusIncidentInfo, StatusMaintenanceInfo,
    StatusPageInfo,
};
pub(crate) use tenants::{OfTenant, StopInfo, TenantInfo};
pub(crate) use token::{ADMIN_TOKEN, Token, TokenError};
pub(crate) use tokens::{NewTokenInfo, TokenInfo, TokenQuery, TokenRequest};
pub(crate) use voids::{VoidInfo, VoidNote, VoidRequest};
