//! The search of every door: tools of the surface and skills, by one request, with one answer.

use std::sync::Arc;

use serde_json::{Value, json};
use surface::{Detail, SearchError, SearchRequest, SearchResult, Surface};

use crate::{
    run::Parts,
    skills::{FoundSkill, Shelf, Skill, SkillContent},
};

/// What a search found.
#[derive(Debug)]
pub struct Found {
    surface: Arc<Surface>,
    result: SearchResult,
    skills: Vec<FoundSkill>,
}

impl Found {
    /// The tools.
    pub fn tools(&self) -> &SearchResult {
        &self.result
    }

    /// Nothing was found.
    pub fn is_empty(&self) -> bool {
        self.result.hits.is_empty() && self.skills.is_empty()
    }

    /// Compact text for a model.
    pub fn text(&self, detail: Detail) -> String {
        let mut parts = Vec::new();
        if !self.result.hits.is_empty() || self.skills.is_empty() {
            parts.push(self.surface.render(&self.result, detail));
        }
        if !self.skills.is_empty() {
            let skills: Vec<String> = self.skills.iter().map(|skill| skill.text(detail)).collect();
            parts.push(format!("Skills:\n{}\n", skills.join("\n\n")));
        }
        parts.join("\n")
    }

    /// Values for a script or a program: tools, best first, then skills.
    pub fn values(&self, detail: Detail) -> Vec<Value> {
        let tools = self.result.hits.iter().enumerate().map(|(at, hit)| {
            let mut tool = self.surface.describe(&hit.tool, detail);
            tool["score"] = json!(hit.score);
            if self.result.groups.len() > 1 {
                let found = self.result.groups.iter().filter(|group| group.hits.contains(&at));
                tool["queries"] = found.map(|group| group.query.as_str()).collect();
            }
            tool
        });
        tools.chain(self.skills.iter().map(|skill| skill.value(detail))).collect()
    }
}

/// Searches the tools of a surface and the skills. A search at one server finds no skills: they belong to none.
pub(crate) async fn search(
    surface: Arc<Surface>,
    parts: Arc<Parts>,
    skills: Shelf,
    request: SearchRequest,
) -> Result<Found, SearchError> {
    let limit = request.limit.unwrap_or(SKILLS);
    let searched_in = surface.clone();
    // Some milliseconds where there are many tools and skills, in which the one thread has others to serve.
    let searched = tokio::task::spawn_blocking(move || {
        let result = searched_in.search(&request)?;
        let skills = match request.server {
            None => skills.find(&request.queries),
            Some(_) => Vec::new(),
        };
        Ok((result, skills))
    });
    let (result, skills) = searched.await.unwrap_or_else(|_| Ok(Default::default()))?;
    let mut found = Vec::new();
    for (skill, content) in skills.into_iter().take(limit) {
        found.push(with_exports(skill, content, &parts).await);
    }
    Ok(Found { surface, result, skills: found })
}

/// Skills of an answer that does not say how many it wants.
const SKILLS: usize = 10;

/// A skill with what it exports, as far as its source parses.
async fn with_exports(skill: Skill, content: SkillContent, parts: &Parts) -> FoundSkill {
    let parsed = parts.parsers.parse(&content.source).await;
    let exports = parsed.map(|parsed| parsed.facts.signatures.clone()).unwrap_or_default();
    FoundSkill { skill, exports, content }
}
