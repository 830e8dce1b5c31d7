"""What a person or the scheduler asks for: begin a run, steer it, sweep unfinished work, empty the stores."""
