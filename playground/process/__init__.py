"""The bot as a process: started, supervised, its log and its ports."""
