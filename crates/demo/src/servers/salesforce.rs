//! Customers and deals: records of a few kinds, a query with conditions, changes.

mod data;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::{Server, unanswered};
use crate::{
    calendar::Day,
    filter::Filter,
    tool::{Arguments, Effect, Reply, Tool, object, pick_fields, reply, rows},
};

type Record = Map<String, Value>;

/// A field that ties a record to another system; like `Id` it comes along with every query.
const FOREIGN_KEY: &str = "zendesk_group_id";

pub(crate) struct Salesforce {
    objects: BTreeMap<&'static str, Object>,
    /// The object a record belongs to, and its place there, by its id.
    places: HashMap<String, (&'static str, usize)>,
    customers: Vec<Record>,
}

/// All records of one kind. A removed one leaves a gap.
#[derive(Default)]
struct Object {
    fields: BTreeSet<String>,
    records: Vec<Option<Record>>,
}

impl Salesforce {
    pub(crate) fn new() -> Self {
        let customers = data::customers();
        let mut all = Self { objects: BTreeMap::new(), places: HashMap::new(), customers };
        for (object, records) in data::objects(Day::today()) {
            all.objects.insert(object, Object::default());
            for record in records {
                all.insert(object, record);
            }
        }
        all
    }

    fn query(&self, arguments: &Arguments) -> Reply {
        let (name, object) = self.object(arguments.text("object")?)?;
        let filter = Filter::parse(arguments.text_or("where", "")?)?;
        let (mut fields, limit) = (arguments.texts("fields")?, arguments.limit()?);
        let mut asked = fields.iter().map(String::as_str).chain(filter.fields());
        if let Some(unknown) = asked.find(|field| !object.fields.contains(*field)) {
            let known: Vec<_> = object.fields.iter().map(String::as_str).collect();
            return Err(format!("{name} has no field \"{unknown}\"; it has {}", known.join(", ")));
        }
        if !fields.is_empty() {
            fields.extend(["Id", FOREIGN_KEY].map(str::to_owned));
            fields.retain(|field| object.fields.contains(field));
        }
        let today = Day::today();
        let found: Vec<_> = object
            .records
            .iter()
            .flatten()
            .filter(|record| filter.holds(record, today))
            .take(limit)
            .map(|record| pick_fields(record, &fields))
            .collect();
        reply(&found)
    }

    fn update(&mut self, arguments: &Arguments) -> Reply {
        let id = arguments.text("id")?;
        let mut changes = arguments.fields("fields")?.cloned().unwrap_or_default();
        if arguments.get("field").is_some() {
            let value = arguments.0.get("value").ok_or("\"field\" is given without \"value\"")?;
            changes.insert(arguments.text("field")?.to_owned(), value.clone());
        }
        if changes.is_empty() {
            return Err("nothing to change: give \"field\" and \"value\", or \"fields\"".to_owned());
        }
        if changes.contains_key("Id") {
            return Err("a record's Id cannot be changed".to_owned());
        }
        let &(name, at) = self.places.get(id).ok_or_else(|| no_record(id))?;
        let object = self.objects.entry(name).or_default();
        let record = object.records.get_mut(at).and_then(Option::as_mut).ok_or_else(|| no_record(id))?;
        object.fields.extend(changes.keys().cloned());
        record.extend(changes);
        reply(&json!({"id": id, "success": true}))
    }

    fn create(&mut self, arguments: &Arguments) -> Reply {
        let (object, _) = self.object(arguments.text("object")?)?;
        let fields = arguments.fields("fields")?.cloned().unwrap_or_default();
        if fields.is_empty() {
            return Err("\"fields\" is empty".to_owned());
        }
        let id = self.insert(object, fields);
        reply(&json!({"id": id, "success": true}))
    }

    fn bulk_insert(&mut self, arguments: &Arguments) -> Reply {
        let (object, _) = self.object(arguments.text("object")?)?;
        let Some(Value::Array(records)) = arguments.get("records") else {
            return Err("\"records\" must be a list of records".to_owned());
        };
        let mut errors = Vec::new();
        for (at, record) in records.iter().enumerate() {
            match record.as_object() {
                Some(fields) if !fields.is_empty() => {
                    self.insert(object, fields.clone());
                }
                _ => errors.push(json!({"index": at, "message": "a record must be an object with fields"})),
            }
        }
        let inserted = records.len() - errors.len();
        reply(&json!({"successCount": inserted, "errorCount": errors.len(), "errors": errors}))
    }

    fn delete(&mut self, arguments: &Arguments) -> Reply {
        let id = arguments.text("id")?;
        let (name, at) = self.places.remove(id).ok_or_else(|| no_record(id))?;
        if let Some(place) = self.objects.get_mut(name).and_then(|object| object.records.get_mut(at)) {
            *place = None;
        }
        reply(&json!({"id": id, "success": true}))
    }

    fn get_customers(&self, arguments: &Arguments) -> Reply {
        let (status, limit) = (arguments.text_or("status", "")?, arguments.limit()?);
        let wanted =
            self.customers.iter().filter(|customer| status.is_empty() || customer["status"] == status);
        reply(&wanted.take(limit).collect::<Vec<_>>())
    }

    /// Adds a record, under the id it brings or the next free one, and gives the id.
    fn insert(&mut self, name: &'static str, mut record: Record) -> String {
        let object = self.objects.entry(name).or_default();
        let at = object.records.len();
        let own = record.get("Id").and_then(Value::as_str).filter(|id| !self.places.contains_key(*id));
        let id = own.map_or_else(|| format!("{}-{:05}", name.to_lowercase(), at + 1), str::to_owned);
        record.insert("Id".to_owned(), id.clone().into());
        object.fields.extend(record.keys().cloned());
        object.records.push(Some(record));
        self.places.insert(id.clone(), (name, at));
        id
    }

    fn object(&self, name: &str) -> Result<(&'static str, &Object), String> {
        self.objects.get_key_value(name).map(|(name, object)| (*name, object)).ok_or_else(|| {
            let known: Vec<_> = self.objects.keys().copied().collect();
            format!("no object \"{name}\"; there is {}", known.join(", "))
        })
    }
}

impl Server for Salesforce {
    fn about(&self) -> &'static str {
        "Customers, opportunities, leads, tasks and support teams"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        let object_name = json!({
            "enum": self.objects.keys().collect::<Vec<_>>(),
            "description": "The kind of record",
        });
        let fields =
            json!({"type": "object", "additionalProperties": true, "description": "Values by field name"});
        let id = json!({"type": "string", "description": "The record's Id"});
        let done = || object(&["id", "success"], json!({"id": text, "success": {"type": "boolean"}}));
        vec![
            Tool::new(
                Effect::Reads,
                "query_records",
                "Query records",
                "Finds records of one object by a condition such as: CloseDate < TODAY AND StageName != 'Closed Won'. Gives an array of records. The Id and ids of other systems always come along.",
            )
            .takes(
                &["object"],
                json!({
                    "object": object_name,
                    "fields": {"type": "array", "items": text, "description": "Only these fields; all when left out"},
                    "where": {"type": "string", "description": "A condition; knows AND, OR, NOT, = != < <= > >= LIKE IN, TODAY, null"},
                    "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
                }),
            ),
            Tool::new(
                Effect::Sets,
                "update_record",
                "Update a record",
                "Changes fields of a record: one with field and value, or several with fields.",
            )
            .takes(
                &["id"],
                json!({
                    "id": id,
                    "field": {"type": "string", "description": "The one field to change"},
                    "value": {"description": "Its new value"},
                    "fields": fields,
                }),
            )
            .gives(done()),
            Tool::new(Effect::Adds, "create_record", "Create a record", "Creates a record and gives its Id.")
                .takes(&["object", "fields"], json!({"object": object_name, "fields": fields}))
                .gives(done()),
            Tool::new(Effect::Removes, "delete_record", "Delete a record", "Removes a record for good.")
                .takes(&["id"], json!({"id": id}))
                .gives(done()),
            Tool::new(
                Effect::Adds,
                "bulk_insert",
                "Insert many records",
                "Inserts many records of one object at once and counts what worked.",
            )
            .takes(
                &["object", "records"],
                json!({
                    "object": object_name,
                    "records": {"type": "array", "items": {"type": "object", "additionalProperties": true}, "description": "The records' fields"},
                }),
            )
            .gives(object(
                &["successCount", "errorCount", "errors"],
                json!({
                    "successCount": {"type": "integer"},
                    "errorCount": {"type": "integer"},
                    "errors": rows(&["index", "message"], json!({"index": {"type": "integer"}, "message": text})),
                }),
            )),
            Tool::new(
                Effect::Reads,
                "get_customers",
                "List customers",
                "Lists customers with their personal data: name, mail address, telephone, social security and card number.",
            )
            .takes(
                &[],
                json!({
                    "status": {"enum": ["active", "inactive"], "description": "Only these"},
                    "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
                }),
            )
            .gives(rows(
                &["id", "name", "email", "ssn", "phone", "card", "status", "city"],
                json!({"id": text, "name": text, "email": text, "ssn": text, "phone": text, "card": text, "status": text, "city": text}),
            )),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "query_records" => self.query(arguments),
            "update_record" => self.update(arguments),
            "create_record" => self.create(arguments),
            "delete_record" => self.delete(arguments),
            "bulk_insert" => self.bulk_insert(arguments),
            "get_customers" => self.get_customers(arguments),
            _ => unanswered(tool),
        }
    }
}

fn no_record(id: &str) -> String {
    format!("no record has the Id \"{id}\"")
}
