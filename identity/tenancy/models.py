"""No models: the module is here because Django sends `post_migrate` only for apps that have one."""
