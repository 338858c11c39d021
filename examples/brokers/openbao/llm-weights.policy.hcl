path "models/data/llm-serving/weights" {
  capabilities = ["read"]
}
